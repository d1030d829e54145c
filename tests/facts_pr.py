"""What the course does with each fact about prices (PR)."""

PRICING = "tests/test_pricing.py::test_"
CONTAINERS = "tests/test_pricing_containers.py::test_"
FUNCTIONS = "tests/test_pricing_functions.py::test_"
OTHER_BALANCER = "no lesson uses this kind of balancer; the course has the Application Load Balancer only"
MUTUAL_TLS = "all but mutual TLS, which a balancer charges for and the model doesn't have"

FACTS = {
    "PR-1": ("covered", f"{FUNCTIONS}a_mobile_backend {FUNCTIONS}telemetry_of_ten_thousand_cars"),
    "PR-2": ("covered", f"{FUNCTIONS}very_many_gb_seconds_cost_less {FUNCTIONS}a_mobile_backend"),
    "PR-3": ("covered", f"{FUNCTIONS}very_many_gb_seconds_cost_less {FUNCTIONS}arm_has_prices_of_its_own"),
    "PR-4": ("covered", FUNCTIONS + "what_is_free_in_a_month"),
    "PR-5": (
        "covered",
        f"{FUNCTIONS}an_event_on_provisioned_concurrency {FUNCTIONS}arm_has_prices_of_its_own",
    ),
    "PR-6": (
        "covered",
        f"{FUNCTIONS}an_event_on_provisioned_concurrency {FUNCTIONS}arm_has_prices_of_its_own",
    ),
    "PR-7": (
        "covered",
        f"{FUNCTIONS}storage_beyond_512_mb {FUNCTIONS}storage_counts_while_the_function_runs",
    ),
    "PR-8": (
        "simplified",
        "a price for a month that you count; the model makes no snapshots, and its cache has no least time",
    ),
    "PR-9": ("left out", "no function of the course streams its answer"),
    "PR-10": ("simplified", "a price for a month that you count; no run has provisioned pollers"),
    "PR-11": ("left out", "functions at the edge belong to CloudFront, which no lesson has"),
    "PR-12": (
        "simplified",
        "environments of one tenant, for a month that you count; no durable and no managed functions",
    ),
    "PR-13": ("left out", "MicroVMs are no functions; no lesson has them"),
    "PR-14": ("covered", FUNCTIONS + "the_price_of_a_millisecond"),
    "PR-15": (
        "covered",
        (
            f"{CONTAINERS}five_tasks_for_ten_minutes_a_day {CONTAINERS}ten_pods_for_an_hour_a_day "
            f"{CONTAINERS}an_hour_of_a_vcpu_and_of_a_gb {CONTAINERS}a_run_of_tasks_is_billed_by_hand"
        ),
    ),
    "PR-16": ("covered", CONTAINERS + "arm_costs_less"),
    "PR-17": ("covered", f"{CONTAINERS}windows_brings_its_licence"),
    "PR-18": (
        "covered",
        (
            f"{CONTAINERS}machines_of_ones_own_pay_for_the_control "
            f"{CONTAINERS}hosts_cost_what_instances_cost_and_what_runs_on_them_nothing"
        ),
    ),
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
    "PR-36": (
        "covered",
        (
            f"{FUNCTIONS}gb_seconds_for_the_price_of_a_month_of_each_type "
            f"{FUNCTIONS}at_the_crossing_point_both_bills_are_the_same"
        ),
    ),
    "PR-37": (
        "simplified",
        "the storage of images; what stands behind a balancer needs no public address",
    ),
}
