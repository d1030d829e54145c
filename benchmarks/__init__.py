"""How fast cloudlab is, beside others, measured in one run: `python -m benchmarks`.

Read `workloads` first: it says what is simulated. `cloudlab_models`, `simpy_models` and `peers` each
simulate it in their own way, `sidebyside` lets them take turns and compares; `scaling_day` does both for a
day with target tracking. `growth` says what many requests cost, and `views` what it costs to look at them;
`checks` what judging an exercise takes, `learner`, `browser` and `stage` what a learner waits for and how it plays.
All figures come from the run; goals are ratios, or limits that a person notices.
"""
