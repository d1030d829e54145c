"""What the course does with each fact about prices (PR)."""

LAMBDA = "of Lambda: until lesson 08, which bills functions"
FARGATE = "of Fargate: until lesson 10, which runs containers at scale"
PRICING = "tests/test_pricing.py::test_"
OTHER_BALANCER = "no lesson uses this kind of balancer; the course has the Application Load Balancer only"
MUTUAL_TLS = "all but mutual TLS, which a balancer charges for and the model doesn't have"

FACTS = {
    "PR-1": ("left out", LAMBDA),
    "PR-2": ("left out", LAMBDA),
    "PR-3": ("left out", LAMBDA),
    "PR-4": ("left out", LAMBDA),
    "PR-5": ("left out", LAMBDA),
    "PR-6": ("left out", LAMBDA),
    "PR-7": ("left out", LAMBDA),
    "PR-8": ("left out", LAMBDA),
    "PR-9": ("left out", LAMBDA),
    "PR-10": ("left out", LAMBDA),
    "PR-11": ("left out", LAMBDA),
    "PR-12": ("left out", LAMBDA),
    "PR-13": ("left out", LAMBDA),
    "PR-14": ("left out", LAMBDA),
    "PR-15": ("left out", FARGATE),
    "PR-16": ("left out", FARGATE),
    "PR-17": ("left out", FARGATE),
    "PR-18": ("left out", FARGATE),
    "PR-19": ("simplified", MUTUAL_TLS),
    "PR-20": ("simplified", MUTUAL_TLS),
    "PR-21": ("left out", OTHER_BALANCER),
    "PR-22": ("left out", OTHER_BALANCER),
    "PR-23": ("left out", OTHER_BALANCER),
    "PR-24": ("left out", "a bill shows list prices: free months depend on the age of an account"),
    "PR-25": ("covered", PRICING + "requests_to_queues_in_a_month"),
    "PR-26": ("simplified", "one price for any number: the sources don't agree on steps"),
    "PR-27": ("left out", "of fair queues: not confirmed"),
    "PR-28": (
        "covered",
        (
            f"{PRICING}a_request_holds_64_kb {PRICING}a_message_is_sent_received_and_deleted "
            f"{PRICING}a_receive_that_brings_nothing_is_a_request_too "
            f"{PRICING}ten_messages_in_one_receive_are_one_request "
            f"{PRICING}large_messages_are_several_requests"
        ),
    ),
    "PR-29": (
        "covered",
        f"{PRICING}publishes_in_a_month {PRICING}large_messages_are_several_requests",
    ),
    "PR-30": ("simplified", "all but streams: what a delivery to one of them costs is not confirmed"),
    "PR-31": ("simplified", "a table of examples by country, which stands on no bill"),
    "PR-32": ("simplified", "all but filters on the body, whose price is not confirmed"),
    "PR-33": ("covered", "tests/test_pricing.py::test_a_thousand_hours_of_each_type"),
    "PR-34": (
        "covered",
        (
            "tests/test_pricing.py::test_an_instance_costs_at_least_60_seconds "
            "tests/test_pricing.py::test_sizes_of_the_types"
        ),
    ),
    "PR-35": ("covered", "tests/test_pricing.py::test_a_month_of_each_type"),
    "PR-36": ("left out", "the crossing point with Lambda: until lesson 08, which bills functions"),
    "PR-37": (
        "left out",
        "images come with lesson 09, and what stands behind a balancer needs no public address",
    ),
}
