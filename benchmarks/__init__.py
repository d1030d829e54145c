"""How fast cloudlab is, beside others, measured in one run: `python -m benchmarks`.

Read `workloads` first: it says what is simulated. `cloudlab_models`, `simpy_models` and `peers` each
simulate it in their own way, `sidebyside` lets them take turns and compares. `growth`
says what many requests cost, `learner` and `browser` what a learner waits for. All figures come from the run; goals are ratios, or limits that
a person notices.
"""
