"""Templates of what stacks are made of in tests: an application in front of an upstream, and records beside it."""

from __future__ import annotations

from typing import Any

Members = dict[str, Any]

SPACES = "AWS::RefactorSpaces::"


def a_facade(*more: Members, **sections: Any) -> Members:
    """An environment, an application, and a default route to the service at ``Url``. ``more`` are resources."""
    resources: Members = {
        "Vpc": a_resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Environment": a_resource(f"{SPACES}Environment", Name="estate", NetworkFabricType="NONE"),
        "Application": a_resource(
            f"{SPACES}Application",
            Name={"Ref": "AWS::StackName"},
            EnvironmentIdentifier=attribute("Environment", "EnvironmentIdentifier"),
            ProxyType="API_GATEWAY",
            VpcId={"Ref": "Vpc"},
        ),
        "Service": a_service("main", {"Ref": "Url"}),
        "DefaultRoute": a_resource(
            f"{SPACES}Route",
            **within(),
            ServiceIdentifier=attribute("Service", "ServiceIdentifier"),
            RouteType="DEFAULT",
            DefaultRoute={"ActivationState": "ACTIVE"},
        ),
    }
    for one in more:
        resources |= one
    return {
        "Parameters": {"Url": {"Type": "String"}, **sections.pop("Parameters", {})},
        "Resources": resources,
        "Outputs": {"ProxyUrl": {"Value": attribute("Application", "ProxyUrl")}, **sections.pop("Outputs", {})},
        **sections,
    }


def a_path(name: str, path: str, url: Any, *, state: Any = "ACTIVE", **more: Any) -> Members:
    """A service with a route; ``more`` stands beside the properties of both."""
    route = a_resource(
        f"{SPACES}Route",
        **within(),
        ServiceIdentifier=attribute(f"{name}Service", "ServiceIdentifier"),
        RouteType="URI_PATH",
        UriPathRoute={
            "SourcePath": path,
            "ActivationState": state,
            "IncludeChildPaths": True,
            "AppendSourcePath": True,
        },
    )
    return {f"{name}Service": {**a_service(name.lower(), url), **more}, f"{name}Route": {**route, **more}}


def a_service(name: str, url: Any) -> Members:
    return a_resource(f"{SPACES}Service", **within(), Name=name, EndpointType="URL", UrlEndpoint={"Url": url})


def within() -> Members:
    return {
        "EnvironmentIdentifier": attribute("Environment", "EnvironmentIdentifier"),
        "ApplicationIdentifier": attribute("Application", "ApplicationIdentifier"),
    }


def attribute(logical_id: str, name: str) -> Members:
    return {"Fn::GetAtt": [logical_id, name]}


def a_resource(type_: str, **properties: Any) -> Members:
    return {"Type": type_, "Properties": properties}


def a_log(name: Any = "/forum", **more: Any) -> Members:
    """A record."""
    return {**a_resource("AWS::Logs::LogGroup", LogGroupName=name), **more}


def logs(*names: str, **sections: Any) -> Members:
    """A template of records alone."""
    return {"Resources": {name: a_log(f"/{name}") for name in names}, **sections}
