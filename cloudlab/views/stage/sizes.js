// Sizes that several plans share.

export const WIDE = 880;
export const NARROW = 720;
export const FEW = 8; // so many servers get a lane each
