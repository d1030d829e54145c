"""A cluster: the hosts that belong together. It is drawn by them."""

from cloudlab.views.kinds import Kind


class ClusterKind(Kind):
    """Hosts, and what is set aside on them."""

    told = False
    station = False
    metrics = ("ContainerInstanceCount", "FewestHosts", "CPUReservation", "MemoryReservation")
