"""Elastic Load Balancing: one contact for the callers, many targets behind it.

balancer  targets, health checks, draining
routing   how a target is chosen: one small class for each method
"""

from cloudlab.load_balancer.balancer import LoadBalancer, ValidationError

__all__ = ["LoadBalancer", "ValidationError"]
