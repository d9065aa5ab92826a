from wool_protocol.worker.v1 import metadata_pb2 as _metadata_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientFrame(_message.Message):
    __slots__ = ("task", "hello", "open_pool", "roster_change", "close_pool", "define", "start", "next", "send", "throw", "close", "chunk", "cancel")
    TASK_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    OPEN_POOL_FIELD_NUMBER: _ClassVar[int]
    ROSTER_CHANGE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_POOL_FIELD_NUMBER: _ClassVar[int]
    DEFINE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    SEND_FIELD_NUMBER: _ClassVar[int]
    THROW_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    task: int
    hello: Hello
    open_pool: OpenPool
    roster_change: RosterChange
    close_pool: ClosePool
    define: Define
    start: Start
    next: Next
    send: Send
    throw: Throw
    close: Close
    chunk: Chunk
    cancel: Cancel
    def __init__(self, task: _Optional[int] = ..., hello: _Optional[_Union[Hello, _Mapping]] = ..., open_pool: _Optional[_Union[OpenPool, _Mapping]] = ..., roster_change: _Optional[_Union[RosterChange, _Mapping]] = ..., close_pool: _Optional[_Union[ClosePool, _Mapping]] = ..., define: _Optional[_Union[Define, _Mapping]] = ..., start: _Optional[_Union[Start, _Mapping]] = ..., next: _Optional[_Union[Next, _Mapping]] = ..., send: _Optional[_Union[Send, _Mapping]] = ..., throw: _Optional[_Union[Throw, _Mapping]] = ..., close: _Optional[_Union[Close, _Mapping]] = ..., chunk: _Optional[_Union[Chunk, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ...) -> None: ...

class WorkerFrame(_message.Message):
    __slots__ = ("task", "welcome", "turned", "load", "accepted", "refused", "yielded", "chunk", "cancelling", "returned", "raised", "cancelled", "draining")
    TASK_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    TURNED_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    YIELDED_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CANCELLING_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    RAISED_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    task: int
    welcome: Welcome
    turned: Turned
    load: _metadata_pb2.Load
    accepted: Accepted
    refused: Refused
    yielded: Yielded
    chunk: Chunk
    cancelling: Cancelling
    returned: Returned
    raised: Raised
    cancelled: Cancelled
    draining: Draining
    def __init__(self, task: _Optional[int] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., turned: _Optional[_Union[Turned, _Mapping]] = ..., load: _Optional[_Union[_metadata_pb2.Load, _Mapping]] = ..., accepted: _Optional[_Union[Accepted, _Mapping]] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ..., yielded: _Optional[_Union[Yielded, _Mapping]] = ..., chunk: _Optional[_Union[Chunk, _Mapping]] = ..., cancelling: _Optional[_Union[Cancelling, _Mapping]] = ..., returned: _Optional[_Union[Returned, _Mapping]] = ..., raised: _Optional[_Union[Raised, _Mapping]] = ..., cancelled: _Optional[_Union[Cancelled, _Mapping]] = ..., draining: _Optional[_Union[Draining, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol", "python", "pickle", "client", "version")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    PYTHON_FIELD_NUMBER: _ClassVar[int]
    PICKLE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    protocol: int
    python: str
    pickle: int
    client: str
    version: str
    def __init__(self, protocol: _Optional[int] = ..., python: _Optional[str] = ..., pickle: _Optional[int] = ..., client: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _metadata_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_metadata_pb2.Metadata, _Mapping]] = ...) -> None: ...

class Turned(_message.Message):
    __slots__ = ("details",)
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    details: str
    def __init__(self, details: _Optional[str] = ...) -> None: ...

class OpenPool(_message.Message):
    __slots__ = ("pool", "scope", "roster", "id")
    POOL_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ROSTER_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    pool: int
    scope: Value
    roster: Roster
    id: str
    def __init__(self, pool: _Optional[int] = ..., scope: _Optional[_Union[Value, _Mapping]] = ..., roster: _Optional[_Union[Roster, _Mapping]] = ..., id: _Optional[str] = ...) -> None: ...

class Roster(_message.Message):
    __slots__ = ("version", "members")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    version: int
    members: _containers.RepeatedCompositeFieldContainer[_metadata_pb2.Metadata]
    def __init__(self, version: _Optional[int] = ..., members: _Optional[_Iterable[_Union[_metadata_pb2.Metadata, _Mapping]]] = ...) -> None: ...

class RosterChange(_message.Message):
    __slots__ = ("pool", "version", "joined", "left")
    POOL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    JOINED_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    pool: int
    version: int
    joined: _containers.RepeatedCompositeFieldContainer[_metadata_pb2.Metadata]
    left: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, pool: _Optional[int] = ..., version: _Optional[int] = ..., joined: _Optional[_Iterable[_Union[_metadata_pb2.Metadata, _Mapping]]] = ..., left: _Optional[_Iterable[str]] = ...) -> None: ...

class ClosePool(_message.Message):
    __slots__ = ("pool",)
    POOL_FIELD_NUMBER: _ClassVar[int]
    pool: int
    def __init__(self, pool: _Optional[int] = ...) -> None: ...

class Define(_message.Message):
    __slots__ = ("callable", "payload", "tag")
    CALLABLE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    callable: int
    payload: Value
    tag: str
    def __init__(self, callable: _Optional[int] = ..., payload: _Optional[_Union[Value, _Mapping]] = ..., tag: _Optional[str] = ...) -> None: ...

class Start(_message.Message):
    __slots__ = ("id", "callable", "pool", "arguments", "caller", "timeout_seconds", "dispatch_timeout_seconds", "stream", "headers", "timed")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    CALLABLE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TIMED_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    callable: int
    pool: int
    arguments: Value
    caller: bytes
    timeout_seconds: float
    dispatch_timeout_seconds: float
    stream: bool
    headers: _containers.ScalarMap[str, str]
    timed: bool
    def __init__(self, id: _Optional[bytes] = ..., callable: _Optional[int] = ..., pool: _Optional[int] = ..., arguments: _Optional[_Union[Value, _Mapping]] = ..., caller: _Optional[bytes] = ..., timeout_seconds: _Optional[float] = ..., dispatch_timeout_seconds: _Optional[float] = ..., stream: bool = ..., headers: _Optional[_Mapping[str, str]] = ..., timed: bool = ...) -> None: ...

class Next(_message.Message):
    __slots__ = ("credit",)
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    credit: int
    def __init__(self, credit: _Optional[int] = ...) -> None: ...

class Send(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: Value
    def __init__(self, value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...

class Throw(_message.Message):
    __slots__ = ("error",)
    ERROR_FIELD_NUMBER: _ClassVar[int]
    error: Value
    def __init__(self, error: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...

class Close(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("transfer", "data")
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    transfer: int
    data: bytes
    def __init__(self, transfer: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Accepted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Refused(_message.Message):
    __slots__ = ("code", "reason", "details", "retry_after_seconds")
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_SECONDS_FIELD_NUMBER: _ClassVar[int]
    code: int
    reason: str
    details: str
    retry_after_seconds: float
    def __init__(self, code: _Optional[int] = ..., reason: _Optional[str] = ..., details: _Optional[str] = ..., retry_after_seconds: _Optional[float] = ...) -> None: ...

class Yielded(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: Value
    def __init__(self, value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...

class Cancelling(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Returned(_message.Message):
    __slots__ = ("value", "run_seconds")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    RUN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    value: Value
    run_seconds: float
    def __init__(self, value: _Optional[_Union[Value, _Mapping]] = ..., run_seconds: _Optional[float] = ...) -> None: ...

class Raised(_message.Message):
    __slots__ = ("error", "run_seconds")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RUN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    error: Value
    run_seconds: float
    def __init__(self, error: _Optional[_Union[Value, _Mapping]] = ..., run_seconds: _Optional[float] = ...) -> None: ...

class Cancelled(_message.Message):
    __slots__ = ("run_seconds",)
    RUN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    run_seconds: float
    def __init__(self, run_seconds: _Optional[float] = ...) -> None: ...

class Draining(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Value(_message.Message):
    __slots__ = ("data", "transfer", "segments")
    DATA_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    transfer: int
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    def __init__(self, data: _Optional[bytes] = ..., transfer: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("size", "out_of_band")
    SIZE_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_BAND_FIELD_NUMBER: _ClassVar[int]
    size: int
    out_of_band: bool
    def __init__(self, size: _Optional[int] = ..., out_of_band: bool = ...) -> None: ...
