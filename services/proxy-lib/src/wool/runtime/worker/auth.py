"""What workers and clients show to one another, at the path where users look for it."""

from wool_common.credentials import CredentialsLike as CredentialsLike
from wool_common.credentials import WorkerCredentials as WorkerCredentials
from wool_common.providers import WorkerCredentialsProvider as WorkerCredentialsProvider
