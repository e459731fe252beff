"""Says hello to whoever the event names."""

import os


def handler(event, context):
    """Return a greeting for the event's ``name``, which may be left out."""
    name = (event or {}).get("name", "world")
    print(f"greeting {name}")  # stands in the function's log
    return {"message": f"{os.environ['GREETING']}, {name}!"}
