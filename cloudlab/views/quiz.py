"""Questions with feedback of its own for each option.

    quiz(Question("01-max-cost", "What do you pay for?", [Option(...), ...], objective="choose the numbers"))

Choose and press *Check answer*, or write `.answer(2)` behind it; `.answer(2, 1, 3)` answers three questions.
The last answer is kept and shown again. Nothing is drawn by chance: the order of options is the order given.
Feedback says what happened, why, and where to look. Read `Quiz.answer` first.
"""

from dataclasses import dataclass
from functools import partial

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.misconceptions import misconceptions
from cloudlab.views.progress import file_name, progress
from cloudlab.views.words import count

FEWEST, MOST = 5, 60
"""Words of an option's feedback."""


@dataclass(frozen=True)
class Option:
    """One answer to choose: its text, whether it is right, its feedback, and what leads to it if it is wrong.

    `misconception` is an id of `misconceptions.misconceptions`, and belongs to each wrong option. Raises
    InvalidParameter, which names the option.
    """

    text: str
    feedback: str
    right: bool = False
    misconception: str | None = None

    def __post_init__(self):
        _must_be(self, text=str, feedback=str, right=bool)
        words = len(self.feedback.split())
        if not 0 < len(self.text) <= 160:
            raise InvalidParameter(f"text is {self.text!r:.60}, but must have 1 to 160 characters.")
        if not FEWEST <= words <= MOST:
            rule = f"must have {FEWEST} to {MOST} words: what happened, why, where to look"
            raise InvalidParameter(f"feedback of {self.text!r:.60} has {words} words, but {rule}.")
        if self.right and self.misconception is not None:
            raise InvalidParameter(f"misconception of {self.text!r:.60} is given, but the option is right.")
        if not self.right and str(self.misconception) not in misconceptions():
            known = ", ".join(misconceptions())
            raise InvalidParameter(
                f"misconception of {self.text!r:.60} is {self.misconception!r:.60}, but must be one of {known}."
            )


@dataclass(frozen=True)
class Question:
    """A question, its options, and the objective of the lesson that it checks.

    `key` names the kept answer, so it stays the same as long as the question does. Raises InvalidParameter.
    """

    key: str
    text: str
    options: list[Option] | tuple[Option, ...]
    objective: str

    def __post_init__(self):
        _must_be(self, key=str, text=str, options=(list, tuple), objective=str)
        if strange := [option for option in self.options if not isinstance(option, Option)]:
            raise InvalidParameter(
                f"options holds {strange[0]!r:.60}, but must be made of Option(text, feedback)."
            )
        file_name("quiz", self.key)
        texts = [option.text for option in self.options]
        if not 0 < len(self.text) <= 400:
            raise InvalidParameter(f"text of question {self.key} must have 1 to 400 characters.")
        if not 2 <= len(texts) <= 6 or len(set(texts)) < len(texts):
            raise InvalidParameter(f"options of question {self.key} must be 2 to 6 different ones.")
        if sum(option.right for option in self.options) != 1:
            raise InvalidParameter(f"options of question {self.key} must hold exactly one that is right.")
        if not self.objective.strip():
            raise InvalidParameter(f"objective of question {self.key} is empty, but must say what it checks.")


def _must_be(asked, **kinds) -> None:
    """Raise InvalidParameter for a field that is of another kind."""
    for name, kind in kinds.items():
        value = getattr(asked, name)
        if not isinstance(value, kind):
            wanted = {str: "a text", bool: "True or False"}.get(kind, "a list")
            raise InvalidParameter(f"{name} is {value!r:.60}, but must be {wanted}.")


def quiz(*questions: Question) -> "Quiz":
    """One question, or several below each other."""
    return Quiz(questions)


class Quiz:
    """Questions, each with the learner's last answer."""

    def __init__(self, questions: tuple[Question, ...]):
        if strange := [question for question in questions if not isinstance(question, Question)]:
            raise InvalidParameter(f"questions holds {strange[0]!r:.60}, but must be made of Question(…).")
        keys = [question.key for question in questions]
        if not keys or len(set(keys)) < len(keys):
            raise InvalidParameter(f"questions are {keys}, but must be at least one, each with its own key.")
        self.questions = questions
        self._messages = dict.fromkeys(keys, "")
        self._trouble = ""
        self._forms: dict = {}
        self._box = None

    def answer(self, *numbers: int | None) -> "Quiz":
        """Answer the questions in their order by the number of an option, from 1; None leaves one out."""
        for question, number in zip(self.questions, numbers, strict=False):
            if number is not None:
                self._check(question, number)
        if len(numbers) > len(self.questions):
            last = self.questions[-1].key
            self._messages[last] = (
                f"answer got {len(numbers)} numbers, but must be at most {len(self.questions)}."
            )
            self._show(self.questions[-1])
        return self

    def answered(self, question: Question) -> Option | None:
        """The option that was chosen last, or None."""
        kept = progress().recall("quiz", question.key) or {}
        return next((option for option in question.options if option.text == kept.get("answer")), None)

    def _check(self, question: Question, number) -> None:
        whole = isinstance(number, int) and not isinstance(number, bool)
        if whole and 1 <= number <= len(question.options):
            chosen = question.options[number - 1]
            kept = progress().recall("quiz", question.key, anew=True) or {}
            tried = kept.get("tries")
            answer = {
                "question": question.text,
                "answer": chosen.text,
                "right": chosen.right,
                "tries": tried + 1 if isinstance(tried, int) else 1,
            }
            progress().keep("quiz", question.key, answer)
            self._messages[question.key] = ""
        else:
            rule = f"must be a whole number from 1 to {len(question.options)}"
            self._messages[question.key] = f"answer is {number!r:.60}, but {rule}."
        self._show(question)

    def _show(self, question: Question) -> None:
        self._trouble = progress().troubles() or self._trouble
        if form := self._forms.get(question.key):
            form.show(self.content(question))

    def press(self, question: Question, value: int | None) -> None:
        """What the button does: check the option with index `value`; None when none is chosen."""
        if value is None:
            self._messages[question.key] = "Choose an option first."
            self._show(question)
        else:
            self._check(question, value + 1)

    def _verdict(self, question: Question) -> tuple[str, str, str, str]:
        """(tone, glyph, word, text) of the status under a question."""
        chosen = self.answered(question)
        if message := self._messages[question.key]:
            return "wrong", "!", "", message
        if chosen is None:
            return "plain", "○", "", "Not answered yet."
        if chosen.right:
            return "right", "✓", "Right.", chosen.feedback
        return "wrong", "✕", "Not right.", chosen.feedback

    def content(self, question: Question) -> dict:
        """What the form shows (see `form.Form`)."""
        tone, glyph, word, text = self._verdict(question)
        chosen = self.answered(question)
        return {
            "question": question.text,
            "options": [option.text for option in question.options],
            "chosen": None if chosen is None else list(question.options).index(chosen),
            "locked": False,
            "button": "Check answer",
            "tone": tone,
            "glyph": glyph,
            "word": word,
            "text": text,
            "trouble": self._trouble,
        }

    def _widget(self):
        from ipywidgets import VBox

        from cloudlab.views.form import Form

        for question in self.questions:
            self._forms[question.key] = Form(self.content(question), partial(self.press, question))
        return VBox(list(self._forms.values()))

    def _repr_mimebundle_(self, **kwargs):
        from cloudlab.views.form import bundle
        from cloudlab.views.snapshot import forms

        self._box = self._box or self._widget()
        text = repr(self) if any(map(self.answered, self.questions)) else self._announced()
        return bundle(self._box, text, kwargs, lambda: forms(map(self.content, self.questions)))

    def _announced(self) -> str:
        """One line for a cell that nobody has answered yet; `print` tells the questions."""
        return f"{count(len(self.questions), 'question')} to answer here: run this cell."

    def __repr__(self) -> str:
        pieces = [self._as_text(question) for question in self.questions]
        return "\n\n".join(pieces + ([self._trouble] if self._trouble else []))

    def _as_text(self, question: Question) -> str:
        chosen = self.answered(question)
        lines = [
            f"  {number}. {option.text}{'  ← your answer' if option is chosen else ''}"
            for number, option in enumerate(question.options, start=1)
        ]
        _, glyph, word, text = self._verdict(question)
        return "\n".join([question.text, *lines, " ".join(filter(None, [glyph, word, text]))])
