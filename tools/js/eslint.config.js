// The rules that the widgets' JavaScript keeps. CONTRIBUTING.md says how to run them.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      complexity: ["error", 12],
      eqeqeq: "error",
      "max-depth": ["error", 3],
      "max-len": ["error", { code: 110 }],
      "max-lines-per-function": ["error", { max: 45, skipBlankLines: true, skipComments: true }],
      "no-nested-ternary": "error",
      "no-undef": "error",
      "no-unused-vars": "error",
      "prefer-const": "error",
    },
  },
];
