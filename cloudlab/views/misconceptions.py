"""What people often believe and what a run shows to be otherwise, by a short id.

Each wrong option of a question names the one that leads to it, so that its feedback can answer it.
"""

MISCONCEPTIONS = {
    # 00: the laboratory
    "B1": "The mean tells how long people wait.",
    "B2": "Everything should be busy all the time.",
    "B3": "One run shows an effect.",
    # 01 and 02: Auto Scaling
    "A1": "Desired is the same as the maximum, or never changes.",
    "A2": "A dead instance is gone until somebody acts, or the group shrinks to its minimum.",
    "A3": "You pay for the maximum.",
    "A4": "Target tracking reacts without delay.",
    "A5": "A higher target for the CPU only saves money.",
    "A6": "Average CPU tells whether users wait.",
    # 03: load balancing
    "L1": "A balancer makes more capacity.",
    "L2": "Equal numbers of requests are equal load.",
    "L3": "Twice as busy means twice the wait.",
    "L4": "Health checks notice a failure without delay.",
    # 04: monolith and microservices
    "M1": "Microservices are faster, or better in every case.",
    "M2": "Loose coupling prevents failures.",
    "M3": "A chain is as available as each of its links.",
    # 05: SNS
    "N1": "A topic keeps messages for those who subscribe later.",
    "N2": "Subscribers share the messages among them.",
    "N3": "What is published is handled.",
    # 06: SQS
    "Q1": "To receive a message is to delete it.",
    "Q2": "The visibility timeout delays the first delivery.",
    "Q3": "Each message is handled once and no more.",
    "Q4": "A queue makes slow workers faster.",
    # 07 and 08: functions
    "S1": "Serverless means that there are no servers.",
    "S2": "Serverless is cheaper in every case, or dearer in every case.",
    "F1": "More memory costs more in every case.",
    "F2": "Every call starts cold, or none does.",
    "F3": "Any number of calls can run at once.",
    # 09 and 10: containers
    "C1": "A container is a small virtual machine with a kernel of its own.",
    "C2": "A host with free CPU has room for one more.",
    "C3": "An isolated container outlives its host.",
}
