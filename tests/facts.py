"""The provider's published facts on which the models rest, and what became of each.

A fact is (title, status, text). It is 'covered' by the tests that `text` names, 'simplified' or 'left out'
for the reason that `text` gives. A simplified fact may have tests too: they cite its number. The facts about
prices (PR) are in `facts_pr`. UNCONFIRMED facts are left out.
"""

GROUP = "tests/test_facts_autoscaling.py::test_"
SCALING = "tests/test_facts_scaling.py::test_"
BALANCER = "tests/test_facts_load_balancer.py::test_"
LOGS = "tests/test_facts_logs.py::test_"
ALARMS = "tests/test_facts_alarms.py::test_"
QUEUES = "tests/test_facts_sqs.py::test_"
SNS = "tests/test_facts_sns.py::test_"
EXPORT = "tests/test_export.py::test_"
PAYING = "tests/test_pricing_functions.py::test_"
FUNCTION_LOGS = "tests/test_facts_lambda_logs.py::test_"
TEMPLATES = "tests/test_facts_templates.py::test_"
PLACEMENT = "tests/test_placement.py::test_"
TASKS = "tests/test_pricing_containers.py::test_"
CONTAINERS = "tests/test_containers.py::test_"
CLUSTER = "tests/test_facts_cluster.py::test_"
FUNCTIONS = "tests/test_facts_lambda.py::test_"

SKEWED = "it skews the counts on purpose; lesson 03 names it, and shows methods that keep them even"

FACTS = {
    # Auto Scaling: capacity
    "AS-1": ("desired is the minimum unless given", "covered", GROUP + "desired_is_the_minimum_unless_given"),
    "AS-2": (
        "min ≤ desired ≤ max: by hand an error, for a policy clipped",
        "covered",
        (
            f"{GROUP}a_change_by_hand_outside_of_the_range_is_an_error_and_changes_nothing "
            f"{GROUP}what_a_policy_asks_for_is_clipped_to_the_range "
            f"{GROUP}a_minimum_above_desired_raises_it {GROUP}a_maximum_below_desired_lowers_it"
        ),
    ),
    "AS-3": (
        "holds the number, replaces the unhealthy, even over zones",
        "covered",
        (
            f"{GROUP}instances_are_spread_evenly_over_the_zones "
            f"{GROUP}the_group_launches_when_below_ends_when_above_and_replaces_the_dead"
        ),
    ),
    "AS-4": (
        "a change by hand ignores the cooldown unless told to honor it",
        "covered",
        (
            f"{GROUP}a_change_by_hand_ignores_the_cooldown "
            f"{GROUP}a_change_by_hand_that_honors_the_cooldown_waits_for_its_end"
        ),
    ),
    "AS-5": ("billed from launch", "covered", GROUP + "an_instance_is_paid_from_its_launch"),
    "AS-6": (
        "maximum lifetime of an instance",
        "left out",
        "a run lasts hours or days, and nobody patches machines",
    ),
    "AS-7": (
        "scale-in protection, and what it doesn't protect from",
        "covered",
        (
            f"{GROUP}protection_holds_against_scale_in "
            f"{GROUP}protection_does_not_hold_against_replacement_or_termination_by_hand"
        ),
    ),
    "AS-8": ("processes that can be suspended", "left out", "an operator's tool; no lesson uses it"),
    # Auto Scaling: lifecycle states
    "AS-9": (
        "pending, in service, terminating, terminated",
        "covered",
        GROUP + "an_instance_is_pending_in_service_terminating_terminated",
    ),
    "AS-10": (
        "standby, detached and other side paths",
        "left out",
        "no lesson takes an instance out by hand",
    ),
    "AS-11": (
        "health status and activity codes",
        "simplified",
        "activities are sentences in the notes, without codes",
    ),
    "AS-12": ("standby or detaching and desired", "left out", "no standby and no detaching (AS-10)"),
    # Auto Scaling: health
    "AS-13": (
        "a balancer's checks count only when ELB checks are on",
        "covered",
        (
            f"{GROUP}what_fails_only_the_checks_of_the_balancer_is_not_replaced "
            f"{GROUP}what_fails_the_checks_of_the_balancer_is_replaced_with_health_check_type_elb"
        ),
    ),
    "AS-14": (
        "grace period from in service on; what no longer runs has none",
        "covered",
        (
            f"{GROUP}failed_checks_are_ignored_in_the_grace_period_which_starts_in_service "
            f"{GROUP}an_instance_that_no_longer_runs_is_replaced_even_in_grace "
            f"{GROUP}a_health_set_by_hand_respects_the_grace_period_unless_told_not_to"
        ),
    ),
    "AS-15": (
        "a replacement drains, but waits for no cooldown and no policy",
        "covered",
        (
            f"{GROUP}a_replacement_waits_for_no_cooldown {GROUP}a_replacement_asks_no_termination_policy "
            f"{GROUP}an_unhealthy_instance_is_drained_before_it_is_terminated"
        ),
    ),
    "AS-16": (
        "a replacement ends the old one first, then launches",
        "simplified",
        "the launch follows the begin of the termination and doesn't wait for the draining",
    ),
    # Auto Scaling: cooldown and warm-up
    "AS-17": (
        "cooldown of 300 s from the end of the activity",
        "covered",
        (
            f"{SCALING}simple_scaling_waits_for_the_activity_and_then_for_the_cooldown "
            f"{SCALING}the_cooldown_of_a_simple_policy_may_be_its_own_and_is_300_s_otherwise "
            f"{SCALING}the_cooldown_begins_when_the_last_instance_has_drained"
        ),
    ),
    "AS-18": (
        "default warm-up and what falls back to it",
        "covered",
        (
            f"{SCALING}the_warmup_is_the_policy_s_else_the_group_s_else_the_cooldown "
            f"{SCALING}the_warmup_of_a_group_is_unset_by_default"
        ),
    ),
    "AS-19": (
        "a warming instance isn't in the metric but counts as capacity",
        "covered",
        (
            f"{SCALING}a_warming_instance_is_not_in_the_metric "
            f"{SCALING}a_warming_instance_counts_as_capacity_for_a_step_out"
        ),
    ),
    "AS-20": (
        "scale-in waits while instances warm",
        "covered",
        (
            f"{SCALING}no_step_goes_in_while_instances_warm_up "
            f"{SCALING}target_tracking_goes_not_in_while_instances_warm_up"
        ),
    ),
    # Auto Scaling: policies
    "AS-21": (
        "kinds of policies",
        "simplified",
        "simple, step and target tracking, and schedules; predictive scaling is left out (AS-37)",
    ),
    "AS-22": ("kinds of adjustment", "covered", SCALING + "an_adjustment_adds_sets_or_adds_percent"),
    "AS-23": (
        "rounding of percentages",
        "covered",
        SCALING + "percent_are_rounded_towards_zero_but_never_to_nothing",
    ),
    "AS-24": (
        "smallest adjustment",
        "covered",
        SCALING + "the_smallest_adjustment_holds_for_percent_in_both_directions",
    ),
    "AS-25": (
        "simple scaling",
        "covered",
        SCALING + "simple_scaling_waits_for_the_activity_and_then_for_the_cooldown",
    ),
    "AS-26": (
        "step scaling: bounds of the steps",
        "covered",
        (
            f"{SCALING}step_scaling_takes_the_steps_of_the_guide "
            f"{SCALING}the_lower_bound_belongs_to_a_step_above_the_threshold_and_the_upper_one_below "
            f"{SCALING}steps_have_no_gap_no_overlap_and_an_open_end_where_they_need_one"
        ),
    ),
    "AS-27": (
        "step scaling acts during an activity",
        "covered",
        (
            f"{SCALING}step_scaling_acts_during_an_activity_and_in_the_cooldown "
            f"{SCALING}a_warming_instance_counts_as_capacity_for_a_step_out"
        ),
    ),
    "AS-28": (
        "aggregation of the metric",
        "covered",
        f"{SCALING}the_values_of_the_instances_become_one_by_a_statistic {SCALING}the_average_is_the_default",
    ),
    "AS-29": (
        "target tracking: metrics",
        "simplified",
        "CPU, requests per target and any function of yours; no network metrics and no names of metrics",
    ),
    "AS-30": (
        "target tracking: in proportion",
        "covered",
        (
            f"{SCALING}capacity_follows_in_proportion_and_is_rounded_up "
            f"{SCALING}target_tracking_holds_a_backlog_per_instance {SCALING}what_target_tracking_wants_is_clipped"
        ),
    ),
    "AS-31": (
        "several policies at once",
        "covered",
        (
            f"{SCALING}the_larger_of_two_wishes_wins {SCALING}the_larger_of_two_wishes_for_less_wins "
            f"{SCALING}target_tracking_goes_in_only_if_all_such_policies_agree "
            f"{SCALING}any_of_several_target_tracking_policies_goes_out_alone"
        ),
    ),
    "AS-32": (
        "missing data",
        "covered",
        f"{SCALING}without_data_nothing_scales {SCALING}a_group_may_go_to_zero_and_then_has_no_data",
    ),
    "AS-33": (
        "which metrics are fit",
        "simplified",
        "nothing stops you from an unfit metric; the period is yours to choose",
    ),
    "AS-34": (
        "observed alarms of target tracking",
        "covered",
        (
            f"{SCALING}target_tracking_goes_out_after_three_datapoints_above_the_target "
            f"{SCALING}target_tracking_goes_in_after_fifteen_datapoints_below_70_percent_of_the_target "
            f"{SCALING}the_pairs_of_thresholds_are_those_that_were_seen"
        ),
    ),
    "AS-35": (
        "backlog per instance",
        "left out",
        "queues come with lesson 06; its arithmetic is that of target tracking",
    ),
    "AS-36": (
        "scheduled actions",
        "simplified",
        "a recurrence in any time zone, without start and end",
    ),
    "AS-37": ("predictive scaling", "left out", "one idea more than lesson 02 can hold; named there"),
    # Auto Scaling: termination, zones, hooks, warm pools, mixed groups
    "AS-38": (
        "scale-in takes from the fullest zone",
        "covered",
        (
            f"{GROUP}scale_in_takes_from_the_zone_with_most_instances "
            f"{GROUP}scale_in_passes_a_zone_that_holds_only_protected_instances"
        ),
    ),
    "AS-39": (
        "default policy: oldest template, next full hour, dice",
        "simplified",
        "no mixed groups and no launch configurations, so those two steps fall away",
    ),
    "AS-40": ("names and order of termination policies", "left out", "only the default policy is modelled"),
    "AS-41": (
        "rebalancing of the zones",
        "left out",
        "launches keep zones even; where protected instances leave them uneven, they stay so",
    ),
    "AS-42": ("lifecycle hooks", "left out", "launch and boot times stand for what a hook would do"),
    "AS-43": ("warm pools", "left out", "one idea more than lesson 02 can hold"),
    "AS-44": ("mixed groups", "left out", "all instances of a group are of one type, on demand"),
    "AS-45": ("Spot interruptions", "left out", "all instances are on demand"),
    "AS-46": (
        "a launch that fails is tried again, slower",
        "left out",
        "launches don't fail: the provider has room",
    ),
    "AS-47": ("instance refresh", "left out", "a new template holds for new instances only"),
    "AS-48": ("instance maintenance policy", "left out", "a replacement ends the old instance first (AS-16)"),
    "AS-49": ("weighted groups", "left out", "each instance counts as one"),
    "AS-50": (
        "what is ending counts on the way in",
        "covered",
        SCALING
        + "a_step_in_counts_what_is_still_ending "
        + SCALING
        + "target_tracking_in_counts_what_is_still_ending "
        + SCALING
        + "a_step_out_does_not_count_what_is_ending",
    ),
    "AS-51": (
        "what protection doesn't cover",
        "simplified",
        "no Spot instances and no moving between zones: protection holds against scale-in only",
    ),
    "AS-52": (
        "form and time zone of a recurrence",
        "simplified",
        "never late, and any number of actions; names as MON-FRI are taken too, which no source of AWS says",
    ),
    "AS-53": (
        "an action needs a size, and sizes that agree",
        "covered",
        SCALING + "a_schedule_needs_at_least_one_size",
    ),
    # Elastic Load Balancing
    "LB-1": (
        "kinds of balancers; one contact",
        "simplified",
        "the Application kind; its own nodes and name have no faults",
    ),
    "LB-2": ("kinds of targets", "simplified", "instances only"),
    "LB-3": ("rules of a listener", "left out", "one target group, so all goes to it"),
    "LB-4": (
        "round robin is the default",
        "covered",
        BALANCER + "round_robin_is_the_default_and_takes_turns",
    ),
    "LB-5": (
        "least outstanding requests",
        "covered",
        (
            f"{BALANCER}least_outstanding_requests_goes_where_fewest_are_in_progress "
            f"{BALANCER}outstanding_are_those_in_service_and_those_in_line"
        ),
    ),
    "LB-6": (
        "weighted random, and mitigation of anomalies",
        "simplified",
        "even weights, without the mitigation of anomalies; lesson 03 names it",
    ),
    "LB-7": ("Network balancer: flow hash", "left out", "only the Application kind is modelled"),
    "LB-8": ("Classic balancer: its two methods", "left out", "only the Application kind is modelled"),
    "LB-9": (
        "health checks: ranges and defaults",
        "simplified",
        "an answer is good or not: no path, no matcher and no settings of Lambda targets",
    ),
    "LB-10": (
        "a new target needs one good check, a failed one five",
        "covered",
        BALANCER + "a_new_target_needs_one_good_check_and_a_failed_one_five",
    ),
    "LB-11": (
        "time to notice a dead target, and its share until then",
        "covered",
        (
            f"{BALANCER}a_dead_target_is_noticed_after_threshold_times_interval_plus_timeout "
            f"{BALANCER}until_it_is_noticed_a_dead_target_gets_its_share"
        ),
    ),
    "LB-12": (
        "if no target is healthy, all get requests",
        "covered",
        BALANCER + "requests_go_to_healthy_targets_only_or_to_all_if_none_is_healthy",
    ),
    "LB-13": (
        "states of a target and their reasons",
        "simplified",
        "five of the seven states, and no codes of reasons",
    ),
    "LB-14": (
        "draining: nothing new, and 502 at the limit",
        "covered",
        (
            f"{BALANCER}each_setting_has_the_range_and_default_of_the_provider "
            f"{BALANCER}a_target_that_drains_gets_nothing_new_and_ends_what_is_open "
            f"{BALANCER}at_the_limit_of_draining_what_is_open_is_cut_with_502"
        ),
    ),
    "LB-15": ("slow start", "left out", SKEWED),
    "LB-16": ("stickiness", "left out", SKEWED),
    "LB-17": ("cross-zone balancing", "simplified", "always on, as is the default; lesson 03 names it"),
    "LB-18": (
        "idle timeout, and keep-alive of the client",
        "simplified",
        "each request is a connection of its own, so there is no keep-alive; the Application kind only",
    ),
    "LB-19": (
        "error codes, and whose fault they are",
        "simplified",
        "460, 502, 503 and 504; requests are well-formed and nobody attacks, so the others don't occur",
    ),
    "LB-20": (
        "a group registers in service and drains before the end",
        "covered",
        BALANCER + "a_group_registers_its_instances_in_service_and_drains_them_before_their_end",
    ),
    # Elastic Load Balancing and CloudFront: access logs
    "LB-21": (
        "fields of an Application balancer's log",
        "covered",
        f"{LOGS}each_type_of_request_is_read {LOGS}fields_that_are_appended_change_nothing",
    ),
    "LB-22": (
        "when a request was created, and when answered",
        "covered",
        LOGS + "an_arrival_is_when_the_request_was_created_and_not_when_it_was_answered",
    ),
    "LB-23": (
        "processing times, and -1",
        "covered",
        (
            f"{LOGS}the_work_is_the_time_of_the_target_and_minus_one_is_none "
            f"{LOGS}what_no_target_answered_is_a_request_too"
        ),
    ),
    "LB-24": ("what a dash stands for", "covered", LOGS + "what_no_target_answered_is_a_request_too"),
    "LB-25": (
        "names and places of the files",
        "covered",
        LOGS + "a_folder_of_packed_files_as_s3_delivers_them_is_one_log",
    ),
    "LB-26": (
        "a Classic balancer's log",
        "covered",
        LOGS + "a_classic_balancer_tells_when_it_received_a_request",
    ),
    "LB-27": (
        "CloudFront's log",
        "covered",
        (
            f"{LOGS}cloudfront_tells_when_the_answer_was_out_in_an_order_of_its_own "
            f"{LOGS}without_what_it_took_an_answer_of_cloudfront_counts_when_it_was_out"
        ),
    ),
    "LB-28": (
        "the default timeout of a check",
        "left out",
        "sources differ, 5 s or 6 s; the models take 5 s (LB-9)",
    ),
    # CloudWatch alarms
    "CW-1": ("M of the last N datapoints", "covered", ALARMS + "the_published_table_of_missing_data"),
    "CW-2": (
        "periods of 10, 20, 30 s or whole minutes",
        "covered",
        f"{ALARMS}periods_that_there_are {ALARMS}periods_that_there_are_not",
    ),
    "CW-3": (
        "at most a day, or a week of long periods",
        "covered",
        ALARMS + "all_that_is_looked_at_is_at_most_a_day_or_a_week_of_long_periods",
    ),
    "CW-4": ("evaluated each minute", "simplified", "once a period, at its end; newer windows are left out"),
    "CW-5": (
        "begins without data; scaling actions repeat",
        "covered",
        (
            f"{ALARMS}a_new_alarm_has_no_data_and_one_that_loses_all_data_has_none_again "
            f"{ALARMS}actions_of_auto_scaling_repeat_while_the_state_lasts"
        ),
    ),
    "CW-6": (
        "more points are looked at than needed",
        "simplified",
        "two more, as in the provider's only example, which is for three",
    ),
    "CW-7": (
        "what missing data count as",
        "covered",
        (
            f"{ALARMS}the_published_table_of_missing_data "
            f"{ALARMS}a_policy_that_is_called_without_a_value_asks_for_nothing"
        ),
    ),
    "CW-8": (
        "INSUFFICIENT_DATA only where everything is missing",
        "covered",
        (f"{ALARMS}the_published_table_of_missing_data {ALARMS}with_any_datapoint_there_is_enough_to_judge"),
    ),
    "CW-9": ("the provider's own tables", "covered", ALARMS + "the_published_table_of_missing_data"),
    "CW-10": (
        "a premature alarm",
        "covered",
        ALARMS + "breaching_points_that_are_too_young_are_no_alarm_yet",
    ),
    "CW-11": ("the rule behind the tables", "covered", ALARMS + "the_published_table_of_missing_data"),
    # Queues
    "SQS-1": ("visibility timeout", "covered", f"{QUEUES}each_attribute_has_its_range_and_default"),
    "SQS-2": (
        "delays",
        "covered",
        (
            f"{QUEUES}each_attribute_has_its_range_and_default "
            f"{QUEUES}a_delay_hides_a_new_message_and_may_be_told_for_one"
        ),
    ),
    "SQS-3": (
        "retention",
        "covered",
        (
            f"{QUEUES}each_attribute_has_its_range_and_default "
            f"{QUEUES}a_message_as_old_as_the_retention_period_is_gone "
            f"{QUEUES}one_in_hand_expires_when_it_comes_back"
        ),
    ),
    "SQS-4": (
        "long and short polls: the wait",
        "covered",
        (
            f"{QUEUES}each_attribute_has_its_range_and_default "
            f"{QUEUES}the_wait_of_the_queue_holds_where_a_receive_says_none"
        ),
    ),
    "SQS-5": (
        "largest message",
        "covered",
        (
            f"{QUEUES}each_attribute_has_its_range_and_default "
            f"{QUEUES}a_message_is_no_larger_than_the_queue_allows_its_attributes_counted"
        ),
    ),
    "SQS-6": ("messages a receive", "covered", f"{QUEUES}a_receive_asks_for_one_to_ten_messages"),
    "SQS-7": ("batches", "covered", f"{QUEUES}a_batch_holds_ten_and_a_mebibyte"),
    "SQS-8": (
        "names of queues",
        "covered",
        f"{QUEUES}the_name_of_a_queue {QUEUES}a_fifo_queue_says_so_in_its_name",
    ),
    "SQS-9": (
        "the way of a message",
        "covered",
        (f"{QUEUES}the_way_of_a_message {QUEUES}a_worker_dies_with_a_message_in_its_hand_and_it_comes_back"),
    ),
    "SQS-10": (
        "to receive isn't to delete; handles",
        "covered",
        (
            f"{QUEUES}the_way_of_a_message "
            f"{QUEUES}each_receive_has_its_own_handle_and_an_old_one_deletes_nothing "
            f"{QUEUES}late_is_soon_enough_while_nobody_else_has_received_it "
            f"{QUEUES}in_a_fifo_queue_late_is_too_late"
        ),
    ),
    "SQS-11": (
        "at least once",
        "simplified",
        "the share of missed deletes is the laboratory's; order is that of becoming visible",
    ),
    "SQS-12": (
        "visibility changed",
        "covered",
        (
            f"{QUEUES}visibility_counts_from_the_call "
            f"{QUEUES}visibility_of_0_gives_a_message_back_at_once_and_12_hours_are_the_end"
        ),
    ),
    "SQS-13": ("messages in flight at most", "covered", f"{QUEUES}so_many_are_in_flight_at_most"),
    "SQS-14": (
        "a short poll asks some servers",
        "simplified",
        "a short poll asks half of the servers, each message lies on one",
    ),
    "SQS-15": (
        "what the system tells of a message",
        "covered",
        f"{QUEUES}what_the_system_tells_of_a_message",
    ),
    "SQS-16": (
        "purge",
        "simplified",
        "it takes no time, and what a worker is about to delete it still deletes",
    ),
    "SQS-17": (
        "moved after so many receives",
        "covered",
        f"{QUEUES}each_attribute_has_its_range_and_default {QUEUES}handed_out_so_often_and_then_moved",
    ),
    "SQS-18": (
        "dead-letter queues",
        "covered",
        (
            f"{QUEUES}a_dead_letter_keeps_its_age "
            f"{QUEUES}in_a_fifo_queue_the_age_of_a_dead_letter_begins_anew "
            f"{QUEUES}dead_letters_go_to_a_queue_of_the_same_kind"
        ),
    ),
    "SQS-19": ("dead letters go back", "simplified", "allow and deny lists of sources are left out"),
    "SQS-20": (
        "groups of a FIFO queue",
        "covered",
        (
            f"{QUEUES}a_group_is_in_order_and_stands_still_while_one_is_in_hand "
            f"{QUEUES}a_group_is_needed "
            f"{QUEUES}what_comes_back_is_first_in_its_group"
        ),
    ),
    "SQS-21": (
        "five minutes of deduplication",
        "covered",
        (
            f"{QUEUES}what_is_sent_again_within_five_minutes_is_not_delivered "
            f"{QUEUES}an_id_can_be_given_and_one_is_needed"
        ),
    ),
    "SQS-22": ("throughput of FIFO queues", "left out", "no lesson sends so much that a call is refused"),
    "SQS-23": ("throughput of standard queues", "left out", "a limit that is hardly there needs no rule"),
    "SQS-24": ("fair queues", "left out", "one more idea than lesson 06 has room for"),
    "SQS-25": ("a queue never pushes", "covered", f"{QUEUES}a_queue_pushes_nothing"),
    "SQS-26": (
        "what a function gets from a queue",
        "covered",
        f"{FUNCTIONS}the_event_of_a_batch_holds_its_messages",
    ),
    "SQS-27": (
        "what calls give back",
        "covered",
        (
            f"{QUEUES}what_the_system_tells_of_a_message "
            f"{QUEUES}what_is_wrong_with_one_entry_leaves_the_others"
        ),
    ),
    "SQS-28": (
        "error codes of queues",
        "simplified",
        "those that the models can meet; account and encryption errors are left out",
    ),
    # SNS
    "SNS-1": (
        "kinds of endpoint, and push",
        "covered",
        f"{SNS}the_kinds_of_endpoint {SNS}a_topic_pushes_a_copy_to_each",
    ),
    "SNS-2": (
        "confirmation, and its token",
        "covered",
        (
            f"{SNS}some_must_confirm_and_get_nothing_before "
            f"{SNS}an_endpoint_of_somebody_else_must_confirm "
            f"{SNS}a_token_is_good_for_two_days"
        ),
    ),
    "SNS-3": ("each subscription is tried by itself", "covered", f"{SNS}who_fails_holds_up_no_other"),
    "SNS-4": (
        "at least once, and no backlog",
        "simplified",
        "a copy comes once, in order unless it is tried again; what nobody hears is gone (tested)",
    ),
    "SNS-5": (
        "what can be published",
        "covered",
        (
            f"{SNS}what_can_not_be_published "
            f"{SNS}what_can_be_published "
            f"{SNS}each_kind_of_endpoint_may_have_a_text_of_its_own "
            f"{SNS}a_batch_holds_ten "
            f"{SNS}large_messages_reach_some_only"
        ),
    ),
    "SNS-6": ("raw or in an envelope", "covered", f"{SNS}raw_or_in_an_envelope"),
    "SNS-7": (
        "filter policies, their keys and scopes",
        "covered",
        f"{SNS}keys_and_lists_of_a_policy {SNS}a_policy_of_the_body_is_nested",
    ),
    "SNS-8": (
        "operators of filter policies",
        "covered",
        f"{SNS}the_operators {SNS}one_of_several_policies {SNS}what_is_no_policy_is_told_at_its_key",
    ),
    "SNS-9": (
        "limits of filter policies",
        "simplified",
        "a changed policy acts at once, and accounts are not counted; the other limits are tested",
    ),
    "SNS-10": (
        "a message that a filter refuses",
        "covered",
        f"{SNS}what_a_filter_refuses_is_not_tried_and_no_dead_letter",
    ),
    "SNS-11": ("faults of servers and of clients", "covered", f"{SNS}only_what_may_pass_is_tried_again"),
    "SNS-12": (
        "retries to endpoints that the provider runs",
        "covered",
        (
            f"{SNS}the_policy_of_endpoints_that_the_provider_runs "
            f"{SNS}a_queue_that_is_away_for_some_seconds "
            f"{SNS}after_23_days_it_is_over"
        ),
    ),
    "SNS-13": (
        "retries of mail, short messages and phones",
        "covered",
        f"{SNS}the_policy_of_mail_short_messages_and_phones",
    ),
    "SNS-14": (
        "retries to web servers",
        "simplified",
        "no jitter and no throttlePolicy; the four back-offs have formulas of our own; the rest is tested",
    ),
    "SNS-15": (
        "time-out and status of web servers",
        "covered",
        (
            f"{SNS}a_web_server_has_15_s_to_answer_and_the_delay_counts_from_the_failure "
            f"{SNS}which_status_is_tried_again"
        ),
    ),
    "SNS-16": (
        "dead letters of a subscription",
        "covered",
        f"{SNS}dead_letters_go_to_the_queue_of_the_subscription {SNS}dead_letters_of_a_fifo_topic_go_to_a_fifo_queue",
    ),
    "SNS-17": (
        "FIFO topics",
        "simplified",
        "the rate and the number of topics are not limited; order, window and subscriptions are tested",
    ),
    "SNS-18": (
        "segments of short messages",
        "covered",
        (
            f"{SNS}segments_of_140_bytes "
            f"{SNS}a_short_message_is_no_longer_than_1600_characters "
            f"{SNS}each_segment_is_billed_by_country"
        ),
    ),
    "SNS-19": (
        "fan-out",
        "covered",
        f"{SNS}a_topic_pushes_a_copy_to_each {SNS}a_stopped_consumer_has_its_own_backlog",
    ),
    "SNS-20": ("a group on a standard topic", "covered", f"{SNS}the_group_reaches_a_standard_queue"),
    "SNS-21": ("the envelope", "covered", f"{SNS}the_envelope"),
    "SNS-22": ("the message that asks for confirmation", "covered", f"{SNS}what_asks_for_a_confirmation"),
    "SNS-23": ("headers of a request", "covered", f"{SNS}the_headers_of_a_request"),
    "SNS-24": (
        "attributes of raw messages",
        "covered",
        (
            f"{SNS}raw_to_a_web_server_the_attributes_are_lost "
            f"{SNS}raw_to_a_queue_attributes_become_those_of_the_queue_ten_at_most"
        ),
    ),
    "SNS-25": ("mail", "covered", f"{SNS}a_mail"),
    "SNS-26": ("the envelope in a queue", "covered", f"{SNS}in_a_queue_the_body_is_parsed_twice"),
    "SNS-27": ("what a function gets", "covered", f"{SNS}what_a_function_gets"),
    # CloudFormation
    "CF-1": (
        "the properties of a group",
        "covered",
        (f"{EXPORT}a_group_keeps_its_sizes_checks_and_template {EXPORT}what_is_deployed_is_what_was_wired"),
    ),
    "CF-2": (
        "the properties of a launch template",
        "covered",
        (f"{EXPORT}a_group_keeps_its_sizes_checks_and_template"),
    ),
    "CF-3": (
        "the properties of a load balancer",
        "covered",
        (f"{EXPORT}a_balancer_keeps_its_method_and_checks"),
    ),
    "CF-4": (
        "the properties of a listener",
        "covered",
        (f"{EXPORT}a_balancer_keeps_its_method_and_checks"),
    ),
    "CF-5": (
        "the properties of a target group",
        "covered",
        (f"{EXPORT}a_balancer_keeps_its_method_and_checks {EXPORT}what_is_deployed_is_what_was_wired"),
    ),
    "CF-6": (
        "the properties of a scaling policy",
        "covered",
        (f"{EXPORT}policies_keep_their_numbers"),
    ),
    "CF-7": (
        "the properties of a scheduled action",
        "covered",
        (f"{EXPORT}policies_keep_their_numbers"),
    ),
    "CF-8": (
        "the properties of an alarm",
        "covered",
        (f"{EXPORT}an_alarm_calls_its_policy_and_those_of_target_tracking_are_left_to_it"),
    ),
    "CF-9": (
        "the properties of a topic",
        "covered",
        (
            f"{EXPORT}what_is_deployed_is_what_was_wired "
            f"{EXPORT}a_subscription_keeps_its_filter_and_its_queue_lets_the_topic_in"
        ),
    ),
    "CF-10": (
        "the properties of a subscription",
        "covered",
        (f"{EXPORT}a_subscription_keeps_its_filter_and_its_queue_lets_the_topic_in"),
    ),
    "CF-11": (
        "the properties of a queue",
        "covered",
        (f"{EXPORT}a_queue_keeps_its_times_and_its_dead_letters {EXPORT}what_is_deployed_is_what_was_wired"),
    ),
    "CF-12": (
        "a queue's policy that lets a topic in",
        "covered",
        (f"{EXPORT}a_subscription_keeps_its_filter_and_its_queue_lets_the_topic_in"),
    ),
    "CF-13": (
        "the properties of a function",
        "covered",
        f"{TEMPLATES}a_function_keeps_its_settings_and_its_code",
    ),
    "CF-14": (
        "the properties of a mapping",
        "covered",
        f"{TEMPLATES}a_mapping_keeps_its_batches_and_its_function_may_poll",
    ),
    "CF-15": ("a topic's right to call", "covered", f"{TEMPLATES}a_topic_may_call_its_function"),
    "CF-16": ("a task definition in a template", "covered", f"{TEMPLATES}a_task_definition"),
    "CF-17": ("a service in a template", "covered", f"{TEMPLATES}a_service"),
    # Lambda
    "FN-1": (
        "sizes of packages and events",
        "covered",
        (
            f"{FUNCTIONS}a_package_is_a_real_zip_and_its_sizes_have_limits "
            f"{FUNCTIONS}an_event_has_a_largest_size_that_depends_on_who_waits "
            f"{FUNCTIONS}what_a_handler_returns_has_a_largest_size_too"
        ),
    ),
    "FN-2": (
        "handler and context",
        "covered",
        (
            f"{FUNCTIONS}the_handler_is_really_called_with_event_and_context "
            f"{FUNCTIONS}a_handler_that_goes_wrong_is_an_answer_with_an_error "
            f"{FUNCTIONS}a_handler_names_a_file_and_a_function"
        ),
    ),
    "FN-3": (
        "memory brings CPU",
        "covered",
        (
            f"{FUNCTIONS}memory_brings_cpu_in_proportion_up_to_one_vcpu_for_one_thread "
            f"{FUNCTIONS}settings_have_their_ranges_and_defaults "
            f"{FUNCTION_LOGS}the_work_is_the_duration_with_a_whole_virtual_cpu"
        ),
    ),
    "FN-4": (
        "timeout, storage, architecture",
        "covered",
        (
            f"{FUNCTIONS}settings_have_their_ranges_and_defaults "
            f"{FUNCTIONS}a_loop_without_end_is_the_timeout_of_the_function"
        ),
    ),
    "FN-5": (
        "versions and aliases",
        "covered",
        (
            f"{FUNCTIONS}versions_never_change_and_an_alias_shares_out_by_weight "
            f"{FUNCTIONS}new_code_is_in_new_environments_and_what_runs_goes_on"
        ),
    ),
    "FN-6": (
        "kinds of calls and their answers",
        "covered",
        (
            f"{FUNCTIONS}the_kind_of_a_call_decides_its_answer "
            f"{FUNCTIONS}a_handler_that_goes_wrong_is_an_answer_with_an_error"
        ),
    ),
    "FN-7": (
        "no call, no environment",
        "covered",
        (f"{FUNCTIONS}it_runs_only_when_it_is_called {PAYING}no_call_no_cost"),
    ),
    "FN-8": (
        "INIT, and its limit",
        "covered",
        (
            f"{FUNCTIONS}a_cold_call_waits_for_init_and_the_next_finds_it_warm "
            f"{FUNCTIONS}init_that_takes_too_long_is_done_again_within_the_first_call"
        ),
    ),
    "FN-9": (
        "one call at a time in an environment that is used again",
        "covered",
        (
            f"{FUNCTIONS}one_environment_serves_one_call_at_a_time "
            f"{FUNCTIONS}an_idle_environment_is_gone_after_its_lifetime_and_the_one_used_last_is_used_again "
            f"{FUNCTIONS}globals_live_as_long_as_their_environment"
        ),
    ),
    "FN-10": (
        "a cold start",
        "covered",
        (f"{FUNCTIONS}a_cold_call_waits_for_init_and_the_next_finds_it_warm"),
    ),
    "FN-11": (
        "INIT is billed since August 2025",
        "covered",
        (
            f"{PAYING}a_cold_call_brings_its_init_along "
            f"{PAYING}before_august_2025_init_was_not_billed_for_runtimes_of_the_provider"
        ),
    ),
    "FN-12": (
        "what resets an environment",
        "covered",
        (
            f"{FUNCTIONS}a_timeout_or_a_crash_resets_the_environment "
            f"{FUNCTIONS}an_error_of_the_handler_does_not_reset_it "
            f"{FUNCTIONS}a_loop_without_end_is_the_timeout_of_the_function"
        ),
    ),
    "FN-13": (
        "snapshots of environments",
        "left out",
        "one more way to begin, and a price of its own; lesson 07 has room for one",
    ),
    "FN-14": (
        "concurrency, and calls a second",
        "covered",
        (
            f"{FUNCTIONS}concurrency_is_rate_times_duration "
            f"{FUNCTIONS}more_than_ten_calls_a_second_for_each_that_may_run_are_turned_away"
        ),
    ),
    "FN-15": (
        "how fast environments become more",
        "covered",
        (f"{FUNCTIONS}environments_are_made_at_a_thousand_in_ten_seconds"),
    ),
    "FN-16": (
        "reserved concurrency",
        "covered",
        (
            f"{FUNCTIONS}reserved_concurrency_is_a_guarantee_and_a_ceiling "
            f"{FUNCTIONS}no_reserved_concurrency_is_off"
        ),
    ),
    "FN-17": (
        "provisioned concurrency",
        "covered",
        (f"{FUNCTIONS}provisioned_environments_are_ready_beforehand_and_what_is_more_goes_on_demand"),
    ),
    "FN-18": (
        "throttles and their reasons",
        "covered",
        (
            f"{FUNCTIONS}who_is_turned_away_gets_429_and_a_reason_and_must_try_again_itself "
            f"{FUNCTIONS}reserved_concurrency_is_a_guarantee_and_a_ceiling"
        ),
    ),
    "FN-19": (
        "who pushes and who polls",
        "simplified",
        "topics and queues are parts; an API or a balancer before a function is a customer who waits",
    ),
    "FN-20": (
        "events that nobody waits for",
        "covered",
        (
            f"{FUNCTIONS}an_event_that_fails_is_tried_again_after_one_minute_and_after_two "
            f"{FUNCTIONS}fewer_attempts_and_an_age_can_be_asked_for "
            f"{FUNCTIONS}an_event_that_is_turned_away_comes_again_later_and_later "
            f"{FUNCTIONS}what_fails_for_good_goes_to_its_destination_and_to_the_dead_letters"
        ),
    ),
    "FN-21": (
        "batches of messages",
        "covered",
        (
            f"{FUNCTIONS}a_mapping_takes_what_is_there_in_batches_and_deletes_what_went_well "
            f"{FUNCTIONS}a_batch_has_its_limits "
            f"{FUNCTIONS}a_batch_waits_for_its_window_or_until_it_is_full"
        ),
    ),
    "FN-22": (
        "batches that fail, in part or whole",
        "covered",
        (
            f"{FUNCTIONS}a_batch_that_fails_comes_back_as_a_whole "
            f"{FUNCTIONS}a_partial_response_brings_back_only_what_it_names "
            f"{FUNCTIONS}a_fifo_batch_stops_at_its_first_failure "
            f"{FUNCTIONS}a_batch_that_is_turned_away_comes_back_when_its_timeout_is_over"
        ),
    ),
    "FN-23": (
        "advice on a mapped queue",
        "covered",
        (f"{FUNCTIONS}a_queue_must_hide_a_message_at_least_as_long_as_the_function_may_run"),
    ),
    "FN-24": (
        "pollers",
        "covered",
        (
            f"{FUNCTIONS}pollers_become_more_while_messages_wait "
            f"{FUNCTIONS}pollers_become_as_few_as_two_and_a_maximum_holds"
        ),
    ),
    "FN-25": (
        "filters of mappings, and streams",
        "left out",
        "no lesson has a stream, and a filter of a topic does the same",
    ),
    "FN-26": (
        "runtimes there are",
        "covered",
        (f"{FUNCTIONS}a_runtime_has_a_name_and_a_last_day"),
    ),
    "FN-27": (
        "runtimes that had their day",
        "covered",
        (f"{FUNCTIONS}a_runtime_has_a_name_and_a_last_day"),
    ),
    "FN-28": (
        "all names of runtimes",
        "simplified",
        "those of today and some of the past; no bill depends on the name",
    ),
    "FN-29": (
        "duration is rounded up to a millisecond; requests; the free part",
        "covered",
        (
            f"{PAYING}a_duration_is_rounded_up_to_a_millisecond "
            f"{PAYING}a_failed_call_costs_as_much_as_one_that_went_well "
            f"{PAYING}what_is_free_in_a_month"
        ),
    ),
    "FN-30": (
        "many GB-seconds cost less",
        "covered",
        (f"{PAYING}very_many_gb_seconds_cost_less"),
    ),
    "FN-31": (
        "the bill of provisioned concurrency",
        "covered",
        (
            f"{PAYING}provisioned_concurrency_is_rounded_up_to_five_minutes "
            f"{PAYING}an_event_on_provisioned_concurrency"
        ),
    ),
    "FN-32": (
        "requests of a large event",
        "covered",
        (f"{PAYING}requests_of_a_large_event {PAYING}large_events_are_several_requests"),
    ),
    "FN-33": ("newer products of the same name", "left out", "out of the scope of the course"),
    "FN-34": (
        "lines of a log, in order",
        "covered",
        (
            f"{FUNCTIONS}the_log_has_its_lines_in_order "
            f"{FUNCTION_LOGS}a_call_is_its_report_and_all_else_is_passed_over "
            f"{FUNCTION_LOGS}a_call_came_before_its_report_by_its_duration_and_its_init"
        ),
    ),
    "FN-35": (
        "the report line",
        "covered",
        (f"{FUNCTIONS}the_log_has_its_lines_in_order {FUNCTION_LOGS}fields_are_read_by_their_names"),
    ),
    "FN-36": (
        "what is billed: duration and INIT",
        "covered",
        (
            f"{PAYING}duration_and_init_are_rounded_together "
            f"{FUNCTION_LOGS}what_is_billed_is_duration_and_init_rounded_up_together"
        ),
    ),
    "FN-37": (
        "a timeout and a crash in the log",
        "covered",
        (
            f"{FUNCTIONS}the_log_tells_a_timeout_and_a_crash_in_the_report "
            f"{FUNCTION_LOGS}a_timeout_is_told_in_a_line_of_its_own_or_in_the_report"
        ),
    ),
    "FN-38": (
        "failed INITs in a log",
        "covered",
        (f"{FUNCTION_LOGS}a_failed_init_is_no_call"),
    ),
    "FN-39": (
        "the log in JSON",
        "covered",
        (f"{FUNCTIONS}the_log_can_be_json {FUNCTION_LOGS}a_log_in_json_tells_the_same"),
    ),
    "FN-40": (
        "how a log leaves CloudWatch",
        "covered",
        (
            f"{FUNCTION_LOGS}each_form_tells_of_the_same_calls "
            f"{FUNCTION_LOGS}a_subscription_is_unpacked "
            f"{FUNCTION_LOGS}s3_s_export_is_a_folder"
        ),
    ),
    # Containers
    "CT-1": (
        "the same digest is the same content",
        "covered",
        (
            f"{CONTAINERS}packed_it_does_the_same_on_each_host "
            f"{CONTAINERS}a_bare_program_does_what_the_libraries_of_its_host_let_it "
            f"{CONTAINERS}the_same_recipe_has_the_same_digest_in_any_python_umask_time_and_order"
        ),
    ),
    "CT-2": (
        "layers are sent and kept once",
        "covered",
        (
            f"{CONTAINERS}a_change_of_code_sends_the_layer_of_code_only_where_that_is_the_last "
            f"{CONTAINERS}a_registry_stores_each_layer_once_and_a_host_pulls_what_it_lacks "
            f"{CONTAINERS}after_a_line_that_changed_each_further_one_is_made_anew_though_its_content_is_the_same "
            f"{CONTAINERS}a_later_layer_covers_and_takes_away"
        ),
    ),
    "CT-3": (
        "what a container sees",
        "covered",
        (f"{CONTAINERS}a_container_sees_its_image_and_the_hosts_kernel"),
    ),
    "CT-4": (
        "tags that can be moved, or not",
        "covered",
        (f"{CONTAINERS}a_tag_can_be_moved_unless_it_is_immutable"),
    ),
    "CT-5": (
        "task definitions, tasks, services",
        "covered",
        (
            f"{CLUSTER}a_service_keeps_its_tasks_and_registers_them "
            f"{CLUSTER}a_daemon_stands_once_on_each_host "
            f"{CLUSTER}a_task_has_one_to_ten_containers "
            f"{CLUSTER}a_change_is_a_new_revision"
        ),
    ),
    "CT-6": (
        "memory limits, CPU shares",
        "covered",
        (
            f"{CONTAINERS}over_its_memory_limit_a_container_is_killed "
            f"{CONTAINERS}cpu_that_one_leaves_is_lent_to_the_others_in_proportion_to_their_shares "
            f"{CONTAINERS}cpu_finds_its_level_as_water_does "
            f"{CONTAINERS}what_is_no_share_of_cpu_is_told"
        ),
    ),
    "CT-7": (
        "essential containers, and how they are stopped",
        "covered",
        (
            f"{CLUSTER}the_stop_of_an_essential_container_stops_its_task "
            f"{CLUSTER}the_stop_of_an_essential_helper_stops_the_task_too "
            f"{CLUSTER}who_is_asked_to_stop_ends_what_it_has_and_is_killed_later"
        ),
    ),
    "CT-8": (
        "health checks of containers",
        "covered",
        (
            f"{CLUSTER}a_health_check_has_its_defaults_and_limits "
            f"{CLUSTER}a_container_that_fails_its_checks_in_a_row_is_replaced"
        ),
    ),
    "CT-9": ("states of a task", "covered", f"{CLUSTER}a_task_goes_through_its_states"),
    "CT-10": (
        "the order of placement",
        "covered",
        (
            f"{PLACEMENT}a_host_must_have_enough_of_both "
            f"{PLACEMENT}cpu_that_is_free_is_not_enough "
            f"{CLUSTER}a_task_that_finds_no_host_waits_and_a_note_says_why"
        ),
    ),
    "CT-11": (
        "placement strategies",
        "covered",
        (
            f"{PLACEMENT}strategies_choose_in_their_order "
            f"{PLACEMENT}strategies_have_fields_and_a_number "
            f"{CLUSTER}scaling_in_keeps_balance_or_use "
            f"{CLUSTER}scaling_in_of_what_was_packed_empties_a_host"
        ),
    ),
    "CT-12": (
        "placement constraints",
        "covered",
        (
            f"{PLACEMENT}constraints_rule_hosts_out "
            f"{CLUSTER}fargate_spreads_over_zones_and_takes_no_strategies"
        ),
    ),
    "CT-13": (
        "how many may run during a deployment",
        "covered",
        (
            f"{CLUSTER}percentages_are_rounded_to_whole_tasks "
            f"{CLUSTER}a_daemon_s_minimum_is_0 "
            f"{CLUSTER}four_tasks_are_replaced_by_four_at_once "
            f"{CLUSTER}half_may_go_first_where_the_minimum_is_half "
            f"{CLUSTER}without_a_check_a_task_is_healthy_after_40_seconds "
            f"{CLUSTER}a_grace_period_holds_the_balancer_back"
        ),
    ),
    "CT-14": (
        "the circuit breaker of deployments",
        "covered",
        (
            f"{CLUSTER}a_deployment_fails_after_half_of_the_desired_tasks "
            f"{CLUSTER}the_circuit_breaker_ends_a_deployment_and_brings_the_last_one_back "
            f"{CLUSTER}without_rollback_the_old_tasks_stay "
            f"{CLUSTER}a_healthy_task_sets_the_count_of_failures_back"
        ),
    ),
    "CT-15": (
        "zones are balanced anew",
        "left out",
        "new tasks are spread over the zones, and none that runs is moved for it",
    ),
    "CT-16": (
        "sizes of Fargate",
        "covered",
        (
            f"{CLUSTER}fargate_has_these_sizes {CLUSTER}a_task_of_another_size_is_refused "
            f"{TASKS}a_size_that_is_not_offered_is_one_sentence"
        ),
    ),
    "CT-17": (
        "storage and billed time of Fargate",
        "simplified",
        "storage, rounding and the least time; no price for tasks that may be taken away",
    ),
    "CT-18": (
        "base and weight of capacity providers",
        "covered",
        (f"{CLUSTER}base_comes_first_and_the_rest_by_weight"),
    ),
    "CT-19": (
        "managed scaling of capacity providers",
        "covered",
        f"{CLUSTER}managed_scaling_has_these_defaults",
    ),
    "CT-20": (
        "the metric of capacity providers",
        "covered",
        (
            f"{CLUSTER}the_metric_is_hosts_needed_by_hosts_there "
            f"{CLUSTER}hosts_come_while_tasks_wait_and_empty_ones_go"
        ),
    ),
    "CT-21": (
        "scaling of a service's tasks",
        "simplified",
        "the policies of groups scale it, by CPU or requests; memory is no metric, a cooldown is a warm-up",
    ),
    "CT-22": (
        "how Kubernetes schedules",
        "covered",
        (
            f"{CLUSTER}kubernetes_filters_then_scores "
            f"{CLUSTER}a_taint_keeps_others_out "
            f"{CLUSTER}nodes_with_the_same_score_are_drawn"
        ),
    ),
    "CT-23": (
        "limits in Kubernetes",
        "covered",
        (f"{CLUSTER}over_its_cpu_limit_a_container_is_slowed_and_over_memory_killed"),
    ),
    "CT-24": (
        "back-off of crashes in Kubernetes",
        "covered",
        (
            f"{CLUSTER}what_crashes_waits_longer_each_time "
            f"{CLUSTER}after_ten_minutes_of_running_crashes_are_forgotten "
            f"{CLUSTER}after_a_longer_life_the_first_wait_is_ten_seconds_again"
        ),
    ),
    "CT-25": (
        "the layout of an image in files",
        "covered",
        (
            f"{CONTAINERS}real_tools_read_copy_and_unpack_an_image "
            f"{CONTAINERS}a_damaged_image_is_told "
            f"{CONTAINERS}an_archive_hangs_on_its_files_alone"
        ),
    ),
    "CT-26": (
        "kinds of content of an image",
        "covered",
        (f"{CONTAINERS}real_tools_read_copy_and_unpack_an_image"),
    ),
    "CT-27": (
        "index and manifest",
        "covered",
        (f"{CONTAINERS}real_tools_read_copy_and_unpack_an_image"),
    ),
    "CT-28": (
        "config and history",
        "covered",
        (f"{CONTAINERS}a_recipe_goes_on_from_an_image_and_keeps_its_steps"),
    ),
    "CT-29": (
        "what docker saves",
        "covered",
        (f"{CONTAINERS}what_docker_saved_can_be_opened_compressed_too"),
    ),
}
"""Each fact by its number."""
