"""Types of Refactor Spaces (pure).

Made by tools/gen_resource_types.py of the schemas of cfn-lint 1.58.0.
"""

from __future__ import annotations

TABLE = """\
AWS::RefactorSpaces::Application
  create-only ApiGatewayProxy EnvironmentIdentifier Name ProxyType VpcId
  attributes ApiGatewayId:s ApplicationIdentifier:s Arn:s NlbArn:s NlbName:s ProxyUrl:s StageName:s VpcLinkId:s
  properties ApiGatewayProxy:{EndpointType:s StageName:s} EnvironmentIdentifier!:s Name!:s ProxyType!:s Tags:<{Key!:s
    Value!:s}> VpcId!:s
AWS::RefactorSpaces::Environment
  create-only Description Name NetworkFabricType
  attributes Arn:s EnvironmentIdentifier:s TransitGatewayId:s
  properties Description:s Name:s NetworkFabricType:s Tags:<{Key!:s Value!:s}>
AWS::RefactorSpaces::Route
  create-only ApplicationIdentifier EnvironmentIdentifier RouteType ServiceIdentifier UriPathRoute.AppendSourcePath
    UriPathRoute.IncludeChildPaths UriPathRoute.Methods UriPathRoute.SourcePath
  attributes Arn:s PathResourceToId:s RouteIdentifier:s
  properties ApplicationIdentifier!:s DefaultRoute:{ActivationState!:s} EnvironmentIdentifier!:s RouteType!:s
    ServiceIdentifier!:s Tags:<{Key!:s Value!:s}> UriPathRoute:{ActivationState!:s AppendSourcePath:b
    IncludeChildPaths:b Methods:<s> SourcePath:s}
AWS::RefactorSpaces::Service
  create-only ApplicationIdentifier Description EndpointType EnvironmentIdentifier LambdaEndpoint Name UrlEndpoint
    VpcId
  attributes Arn:s ServiceIdentifier:s
  properties ApplicationIdentifier!:s Description:s EndpointType!:s EnvironmentIdentifier!:s LambdaEndpoint:{Arn!:s}
    Name!:s Tags:<{Key!:s Value!:s}> UrlEndpoint:{HealthUrl:s Url!:s} VpcId:s
"""
