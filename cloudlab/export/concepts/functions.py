"""Functions, what calls them, and what they may do (CF-13 to CF-15).

Numbers such as CF-13 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.export.template import Draft, attribute, ref

SENDS = "sqs:SendMessage"

VERBS = '''\
def compute(seconds, **more):
    """The laboratory's: real code just takes its time."""


wait = compute


'''
"""Put before the code of a handler, so that it runs where nobody knows these two words."""

EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
POLLING = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"


def function(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A function, its role, and what becomes of events that fail."""
    draft.only_here(
        "idle_lifetime and init_duration of a function: the provider keeps and makes environments"
    )
    name, dead = draft.name(part), wired["dead_letter_target"]
    code, handler = _code(draft, part, wired)
    draft.add(
        name,
        "AWS::Lambda::Function",
        {
            "FunctionName": draft.record.parts[part].name,
            "Code": code,
            "Role": attribute(draft.name(part, "role"), "Arn"),
            "Runtime": wired["runtime"],
            "Handler": handler,
            "MemorySize": wired["memory_size"],
            "Timeout": wired["timeout"],
            "Architectures": [wired["architecture"]],
            "EphemeralStorage": {"Size": wired["ephemeral_storage"]},
            "ReservedConcurrentExecutions": wired["reserved_concurrent_executions"],
            "DeadLetterConfig": None if dead is None else {"TargetArn": attribute(draft.name(dead), "Arn")},
        },
    )
    goes = {"OnSuccess": wired["on_success"], "OnFailure": wired["on_failure"]}
    places = {
        key: {"Destination": attribute(draft.name(place), "Arn")}
        for key, place in goes.items()
        if place is not None
    }
    draft.add(
        draft.name(part, "events"),
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": ref(name),
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": wired["maximum_retry_attempts"],
            "MaximumEventAgeInSeconds": int(wired["maximum_event_age_in_seconds"]),
            "DestinationConfig": places or None,
        },
    )
    _role(draft, part, [place for place in (dead, *goes.values()) if place is not None])
    kept = sum(wired["provisioned"].values())
    if kept:
        draft.only_here("versions and aliases of a function, but for one with provisioned concurrency")
        draft.add(
            draft.name(part, "version"),
            "AWS::Lambda::Version",
            {
                "FunctionName": ref(name),
                "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": kept},
            },
        )


def mapping(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A queue from which a function pulls."""
    most = wired["maximum_concurrency"]
    draft.add(
        draft.name(part, f"from {draft.record.parts[wired['queue']].name}"),
        "AWS::Lambda::EventSourceMapping",
        {
            "FunctionName": ref(draft.name(part)),
            "EventSourceArn": attribute(draft.name(wired["queue"]), "Arn"),
            "BatchSize": wired["batch_size"],
            "MaximumBatchingWindowInSeconds": wired["maximum_batching_window_in_seconds"] or None,
            "FunctionResponseTypes": list(wired["function_response_types"]) or None,
            "ScalingConfig": None if most is None else {"MaximumConcurrency": most},
        },
    )


def let_call(draft: Draft, part: int, topic: int) -> dict:
    """A topic may call the function (CF-15); returns the function's ARN."""
    draft.add(
        draft.name(part, f"called by {draft.record.parts[topic].name}"),
        "AWS::Lambda::Permission",
        {
            "Action": "lambda:InvokeFunction",
            "FunctionName": ref(draft.name(part)),
            "Principal": "sns.amazonaws.com",
            "SourceArn": ref(draft.name(topic)),
        },
    )
    return attribute(draft.name(part), "Arn")


def _code(draft: Draft, part: int, wired: dict) -> tuple[dict, str]:
    """The code of one file stands in the template, where it is called index.py; all else lies in a bucket."""
    files, handler = wired["files"], wired["handler"]
    if files is not None and len(files) == 1:
        draft.only_here("compute and wait of a handler: real code takes its own time")
        (text,) = files.values()
        return {"ZipFile": VERBS + text}, f"index.{handler.rpartition('.')[2]}"
    if files is None:
        draft.only_here("the work of a function without code: your code decides it")
    bucket = draft.parameter(
        "CodeBucket", "String", "Bucket with the zip of each function's code", Default="code"
    )
    return {"S3Bucket": bucket, "S3Key": f"{draft.record.parts[part].name}.zip"}, handler


def _role(draft: Draft, part: int, places: list[int]) -> None:
    """What the function may do: write its log, poll its queues, send to these places."""
    polls = any(of == part and kind == "mapping" for of, kind, _ in draft.record.wiring)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    targets = [attribute(draft.name(place), "Arn") for place in dict.fromkeys(places)]
    may = {"Effect": "Allow", "Action": SENDS, "Resource": targets}
    sends = {"PolicyName": "sends", "PolicyDocument": {"Version": "2012-10-17", "Statement": [may]}}
    draft.add(
        draft.name(part, "role"),
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trust,
            "ManagedPolicyArns": [EXECUTION, *([POLLING] if polls else [])],
            "Policies": [sends] if targets else None,
        },
    )


MAKERS = {"function": function, "mapping": mapping}
