def hello(name):
    return f"Good morning, {name}!"
