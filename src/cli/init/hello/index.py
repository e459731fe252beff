"""Says hello to the person named in the event."""

import os


def handler(event, context):
    """Return a greeting for the event's ``name``, which may be left out."""
    name = (event or {}).get("name", "world")
    print(f"greeting {name}")  # appears in the function's log
    return {"message": f"{os.environ['GREETING']}, {name}!"}
