"""The engine of exercises: what a learner holds, what an author writes, and the order of judgement.

    question    what a learner holds: scenario, check, hint, why
    definition  what an author writes: an exercise as data and a few functions
    judging     the order of judgement, the same for every exercise
    calling     a learner's function, called with care; `plain` says what may pass
    feedback    what every exercise can say; `words` holds what each one says, `telling` writes it out
    results     what was measured, as a learner reads it
    attempts    what a learner has tried, kept from day to day
    variants    which scenario somebody gets, and which luck

The exercises themselves are in `cloudlab.exercises`, one folder a lesson, and are found by name.
"""
