"""What a browser asks of a panel: each message is a plain dictionary, and does one or two things.

{"set": {"min_size": 4}}, {"seed": 7}                  other values, another seed
{"act": "reset"}, {"preset": "A calm day"}             also new_seed and luck
{"ghost": False}, {"moment": 125}                      what is drawn, and of which moment
{"press": "kill_one", "moment": 125}, {"code": "…"}    from a stage; unpress takes a moment back
"""


def obey(panel, message: dict) -> None:
    """Do what `message` says. Raises InvalidParameter where it can't be done."""
    experiment = panel.experiment
    if "press" in message:
        panel.do(lambda: experiment.press(message["press"], float(message["moment"])))
    elif "unpress" in message:
        panel.do(lambda: experiment.take_back(message["unpress"], float(message["moment"])))
    elif "code" in message:
        panel.restore(message["code"])
    else:
        _turn(panel, message)


def _turn(panel, message: dict) -> None:
    """What the controls and their bar send."""
    acts = {"reset": panel.reset, "new_seed": panel.new_seed, "luck": panel.is_it_luck}
    if "preset" in message:
        panel.preset(message["preset"])
    if message.get("set") or message.get("seed") is not None:
        panel.do(lambda: panel.experiment.change(message.get("set", {}), message.get("seed")))
    if "act" in message:
        acts[message["act"]]()
    if "ghost" in message:
        panel.bar.ghost = message["ghost"]
        panel.draw()
    if "moment" in message:
        panel.at = message["moment"]
