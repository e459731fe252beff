"""A function that greets in Latin."""


def handler(event, context):
    """Greet whoever the event names, or the world."""
    return {"greeting": f"Salve, {event.get('name', 'munde')}!"}
