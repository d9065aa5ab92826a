"""What load balancers are made of, under the names that programs import."""

from wool.runtime.loadbalancer.form import Form as Form
from wool.runtime.loadbalancer.form import form_of as form_of
from wool.runtime.loadbalancer.picker import Candidate as Candidate
from wool.runtime.loadbalancer.picker import Offered as Offered
from wool.runtime.loadbalancer.picker import Picker as Picker
from wool.runtime.loadbalancer.protocols import (
    DelegatingLoadBalancerLike as DelegatingLoadBalancerLike,
)
from wool.runtime.loadbalancer.protocols import (
    DispatchingLoadBalancerLike as DispatchingLoadBalancerLike,
)
from wool.runtime.loadbalancer.protocols import (
    LoadBalancerContextByUid as LoadBalancerContextByUid,
)
from wool.runtime.loadbalancer.protocols import LoadBalancerContextLike as LoadBalancerContextLike
from wool.runtime.loadbalancer.protocols import LoadBalancerContextView as LoadBalancerContextView
from wool.runtime.loadbalancer.protocols import LoadBalancerLike as LoadBalancerLike
from wool.runtime.loadbalancer.protocols import WorkerConnectionLike as WorkerConnectionLike
