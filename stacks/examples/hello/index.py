"""A function that greets."""


def handler(event, context):
    """Greet whoever the event names, or the world."""
    return {"greeting": f"Hello, {event.get('name', 'world')}!"}


def other(event, context):
    """Take leave instead."""
    return {"greeting": f"Goodbye, {event.get('name', 'world')}!"}
