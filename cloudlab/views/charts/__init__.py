"""The charts: a few ways to look at a record, each with its finding as title.

    levels             a group's sizes over time
    band               a group at one moment: min, max, desired, and each instance
    load_and_capacity  what the requests need against what is there
    latency            how long answers take, over time and altogether
    chain              how often a row of parts works, against how many they are
    compare            several runs side by side
    bill               what it costs, line by line
    waiting            who waits in line, and how busy those are who serve
    lanes              servers behind a balancer at one moment: what each got, and who waits for it
    knee               time in system against how busy the servers are, with the formula
    shelves            where the messages of queues are, over time, and when one came back
    memory             what calls of a function cost with each memory size, and how long one takes
    outlive            how many works take longer than their message is hidden
    concurrency        how many calls of functions run at once, over time, beside the cap
    shelf              what is installed on each machine, and what its programs do there
    layers             the layers of images as stacks, and what has to be sent of them
    walls              virtual machines beside containers on the same hardware
    duties             the same job done by a function and by instances: who does what
    seeds              what several seeds gave, a band for each setting
    orders             orders of an application: sold, lost and late
    reaction           a jump of the load, and where the time goes until relief

Each is a function that takes a record and returns a `Picture`, and draws into the same picture again
when it is given one: `levels(record)` in a cell, or `explore(scenario, levels, latency)`.
"""

from cloudlab.views.charts.band import band
from cloudlab.views.charts.bill import bill
from cloudlab.views.charts.chain import chain
from cloudlab.views.charts.compare import compare
from cloudlab.views.charts.concurrency import concurrency
from cloudlab.views.charts.duties import duties
from cloudlab.views.charts.knee import knee
from cloudlab.views.charts.lanes import lanes
from cloudlab.views.charts.latency import latency
from cloudlab.views.charts.layers import layers
from cloudlab.views.charts.levels import levels
from cloudlab.views.charts.load import load_and_capacity
from cloudlab.views.charts.memory import memory
from cloudlab.views.charts.orders import orders
from cloudlab.views.charts.outlive import outlive
from cloudlab.views.charts.reaction import reaction
from cloudlab.views.charts.seeds import seeds
from cloudlab.views.charts.shelf import shelf
from cloudlab.views.charts.shelves import shelves
from cloudlab.views.charts.waiting import waiting
from cloudlab.views.charts.walls import walls

__all__ = [
    "band",
    "bill",
    "chain",
    "compare",
    "concurrency",
    "duties",
    "knee",
    "lanes",
    "latency",
    "layers",
    "levels",
    "load_and_capacity",
    "memory",
    "orders",
    "outlive",
    "reaction",
    "seeds",
    "shelf",
    "shelves",
    "waiting",
    "walls",
]
