"""Where Moto takes its time for nothing. It answers the same, only sooner; each piece says what it does without it.

In the tests of cloud101 half of Moto's time went into these.
"""

import functools
import logging


def tags_of_one():
    """Holds every tag of every resource against a pattern to find those of one."""
    from moto.ec2.models.core import TaggedEC2Resource
    from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

    def get_tags(self):
        tags = self.ec2_backend.tags.get(self.id) if self.id else None
        if not tags:
            return []
        sort = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "")
        # A copy, since another thread may tag it meanwhile.
        return [{"resource_id": self.id, "key": key, "value": value, "resource_type": sort}
                for key, value in tags.copy().items()]

    TaggedEC2Resource.get_tags = get_tags


def what_never_changes():
    """Looks through a service's class for its operations, and through its own folders for its services, at each request."""
    from moto import backends
    from moto.core import responses
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    names, services = responses.method_names_from_class, frozenset(backends.list_of_moto_modules())
    responses.method_names_from_class = functools.cache(lambda service: frozenset(names(service)))
    backends.list_of_moto_modules = lambda: services
    DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)


def requests_in_the_log():
    """Writes a line for each request."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def hasten(module):
    """Hastens the emulator that the module will run, before it is loaded."""
    if module == "moto.server":
        tags_of_one()
        what_never_changes()
        requests_in_the_log()
