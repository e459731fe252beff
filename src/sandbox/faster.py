"""Where the emulators take their time for nothing. They answer the same, only sooner; each piece says what one does
without it. In the tests of cloud101 half of Moto's time went into these.
"""

import functools
import gc
import logging


def rare_collections():
    """Both look for garbage in circles after each 700 new objects, which is once or twice a request."""
    gc.set_threshold(50_000, 20, 20)


def tags_of_one():
    """Moto holds every tag of every resource against a pattern to find those of one."""
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
    """Moto looks through a class for operations, and through its own folders for services, at each request."""
    from moto import backends
    from moto.core import responses
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    names, services = responses.method_names_from_class, frozenset(backends.list_of_moto_modules())
    responses.method_names_from_class = functools.cache(lambda service: frozenset(names(service)))
    backends.list_of_moto_modules = lambda: services
    DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)


def names_of_attributes():
    """Moto works out anew, for each value of each answer, under which names an object may hold it."""
    from moto.core import serialize

    work_out = serialize.XFormedAttributePicker.get_possible_keys

    def get_possible_keys(self, context):
        if context.shape is None or self.alias_providers is not serialize.DEFAULT_ALIAS_PROVIDERS:
            return work_out(self, context)
        # They follow from the classes of picker and object, the key, and the place in the model.
        known = context.shape.__dict__.setdefault("names_of_attributes", {})
        which = type(self), type(context.obj), context.key
        if which not in known:
            known[which] = tuple(dict.fromkeys(work_out(self, context)))
        return known[which]

    serialize.XFormedAttributePicker.get_possible_keys = get_possible_keys


def names_in_xml():
    """Moto checks every name in every answer for what no name may hold."""
    import xmltodict

    xmltodict._validate_name = functools.cache(xmltodict._validate_name)


def requests_in_the_log():
    """Moto writes a line for each request."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def hasten(module):
    """Hastens the emulator that the module will run, before it is loaded."""
    rare_collections()
    if module == "moto.server":
        tags_of_one()
        what_never_changes()
        names_of_attributes()
        names_in_xml()
        requests_in_the_log()
