"""``fig proxy``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.proxy"

proxy = LazyGroup(
    name="proxy",
    help="The façade: a listener in front of a running monolith, from which routes peel paths off.",
    sections={
        "Commands": {
            "create": Verb(f"{HERE}.create:create", "Put a proxy in front of a URL or target"),
            "ls": Verb(f"{HERE}.ls:ls", "All proxies"),
            "show": Verb(f"{HERE}.show:show_proxy", "One proxy and its routes"),
            "set": Verb(f"{HERE}.set:set_proxy", "Give a proxy another default"),
            "delete": Verb(f"{HERE}.delete:delete", "Close a proxy's listener and forget its routes"),
        },
        "From a manifest": {
            "init": Verb(f"{HERE}.init:init", "Write the manifest of a proxy, from nothing or from one there is"),
            "deploy": Verb(f"{HERE}.deploy:deploy", "Make a proxy and its routes as the manifest has them"),
            "diff": Verb(f"{HERE}.diff:diff", "What a deploy would change"),
            "package": Verb(f"{HERE}.package:package", "Its CloudFormation template and parameters, on AWS"),
            "export": Verb(f"{HERE}.export:export", "A proxy as it stands, as a manifest"),
        },
    },
)
