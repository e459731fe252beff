"""Where the emulators take their time for nothing. They answer the same, only sooner; each piece says what one does
without it. In the tests of cloud101 half of Moto's time went into these.
"""

import functools
import gc
import gzip
import importlib.util
import json
import logging
import os
import threading


def rare_collections():
    """Both look for garbage in circles after each 700 new objects, which is once or twice a request."""
    gc.set_threshold(50_000, 20, 20)


def files_read_once():
    """Moto has AWS's endpoints and its model of EC2 read three times before it starts, and that model once more at the
    first request."""
    from botocore.loaders import JSONFileLoader

    load, loader = JSONFileLoader.load_file, JSONFileLoader()
    loaded = functools.cache(lambda path: load(loader, path))
    JSONFileLoader.load_file = lambda self, path: loaded(path)


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


def attributes():
    """Moto works out again and again, for each value of each answer, under which names an object may hold it."""
    from moto.core import serialize
    from moto.core.utils import MISSING
    from moto.core.utils import get_value as value_of

    ask = serialize.ResponseSerializer.get_value

    def get_value(self, value, key, shape):
        picker = self._value_picker
        if type(picker) is not serialize.XFormedAttributePicker:
            return ask(self, value, key, shape)
        # They follow from the object's class, the key, and the place in the model; each service has its transformers.
        known = shape.__dict__.setdefault("names_of_attributes", {})
        which = type(value), key, id(picker.response_transformers)
        if which not in known:
            context = serialize.AttributePickerContext(value, key, shape)
            ends = [path for path in picker.response_transformers if path.endswith(key) or key.endswith(path)]
            known[which] = tuple(dict.fromkeys(picker.get_possible_keys(context))), ends
        names, ends = known[which]
        found = None
        for name in names:
            there = value_of(value, name, MISSING)
            if there is not MISSING:
                found = there
                break
        if ends:
            whole = ".".join([*self.path, key])
            for path in ends:
                if whole.endswith(path):
                    return picker.response_transformers[path](found)
        return found

    serialize.ResponseSerializer.get_value = get_value


def images_when_asked_for():
    """Moto makes a thousand images, and a disk and a snapshot for each, in every region as soon as it is asked anything
    there. A destroy asks all of them."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.amis import AmiBackend

    load, lock = AmiBackend._load_amis, threading.RLock()
    AmiBackend._load_amis = lambda self: None

    def with_images(name):
        def get(self):
            # The lock is held until all are there, and the thread that makes them comes here itself.
            with lock:
                if not self.__dict__.get("has_images"):
                    self.has_images = True
                    load(self)
            return self.__dict__[name]

        return property(get, lambda self, value: self.__dict__.__setitem__(name, value))

    EC2Backend.amis, EC2Backend.snapshots = with_images("amis"), with_images("snapshots")


def owners_of_keys():
    """Moto looks for each request's access key in every partition, and makes AWS's 1,500 policies in each for that."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.iam import models

    def get_account_id_from(access_key):
        for account_id, account in list(models.iam_backends.items()):
            # Those that are there: no other has a key.
            if any(access_key in backend.access_keys for backend in list(account.values())):
                return account_id
        return DEFAULT_ACCOUNT_ID

    models.get_account_id_from = get_account_id_from


def names_in_xml():
    """Moto checks every name in every answer for what no name may hold."""
    import xmltodict

    xmltodict._validate_name = functools.cache(xmltodict._validate_name)


def protocols():
    """MiniStack reads the whole model of a service, and loads botocore for that, to know in which form it answers. The
    model's first lines say so."""
    from ministack.core import responses

    whole = responses._service_model

    class Model:
        def __init__(self, service, metadata):
            self.service, self.metadata = service, metadata

        def __getattr__(self, name):
            return getattr(whole(self.service), name)

    @functools.cache
    def first_lines(service):
        metadata = metadata_of(responses._BOTOCORE_NAME.get(service, service))
        return whole(service) if metadata is None else Model(service, metadata)

    responses._service_model = first_lines


def metadata_of(service):
    """What the newest of botocore's models of a service says before its operations; None if it can't be read so."""
    try:
        folder = os.path.join(os.path.dirname(importlib.util.find_spec("botocore").origin), "data", service)
        with gzip.open(os.path.join(folder, max(os.listdir(folder)), "service-2.json.gz"), "rt", encoding="utf-8") as model:
            _, found, text = model.read(8192).partition('"metadata":')
            return json.JSONDecoder().raw_decode(text.lstrip())[0] if found else None
    except (AttributeError, OSError, ValueError):
        return None


def requests_in_the_log():
    """Moto writes a line for each request."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def hasten_loading(module):
    """Hastens how the emulator that the module will run is loaded, before anything of it is."""
    rare_collections()
    if module == "moto.server":
        files_read_once()


def hasten(module):
    """Hastens the emulator that the module will run, once it is guarded and mended."""
    if module == "moto.server":
        tags_of_one()
        what_never_changes()
        attributes()
        images_when_asked_for()
        owners_of_keys()
        names_in_xml()
        requests_in_the_log()
    else:
        protocols()
