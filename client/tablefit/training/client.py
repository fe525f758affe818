"""TrainingClient: the calls of the training service, one method each."""

import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from google.protobuf.field_mask_pb2 import FieldMask

from tablefit.errors import TablefitError
from tablefit.rpc.calls import Patience, call_unary, translated
from tablefit.rpc.channel import open_channel
from tablefit.rpc.settings import training_service_address
from tablefit.training.architecture_calls import ArchitectureCalls
from tablefit.training.changes import to_change
from tablefit.training.comparison import Comparison, compare
from tablefit.training.events import EpochEvent, Event, StateEvent, to_event
from tablefit.training.inference import InferenceCalls
from tablefit.training.model_calls import ModelCalls
from tablefit.training.native import Estimate, to_estimate
from tablefit.training.printed import Following, Printed
from tablefit.training.records import (
    JobState,
    Progress,
    TrainingJob,
    TrainingSpec,
    to_job,
    to_spec_message,
    to_state_number,
)
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub

PAGE_SIZE = 100


@dataclass(frozen=True)
class JobDraft:
    """A job as it would be, without an id, and what it would take."""

    job: TrainingJob
    estimate: Estimate


class TrainingClient:
    """A connection to a training service at HOST:PORT (default: TABLEFIT_TRAINING_SERVICE, else 127.0.0.1:7502).

    Connects on the first call. Usable from several threads. Close it, or use it in a `with` block.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = training_service_address(address)
        self._peer = f"training service at {self.address}"
        self._channel = open_channel(self.address)
        self._stub = TrainingServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self._add_inference(InferenceCalls(self._stub, self._peer))
        calls = ArchitectureCalls(self._stub, self._peer)
        self.list_architectures, self.count_parameters = calls.list_architectures, calls.count_parameters

    def _add_inference(self, calls: InferenceCalls) -> None:
        """The calls on models at work, which stand in a module of their own, as if they were methods of this class."""
        self.evaluate_model, self.predict = calls.evaluate_model, calls.predict
        self.predict_stream, self.predict_table = calls.predict_stream, calls.predict_table

        self._add_model_calls(ModelCalls(self._stub, self._peer))

    def _add_model_calls(self, calls: ModelCalls) -> None:
        """The calls on trained models, which stand in a module of their own, as if they were methods of this class."""
        self.list_models, self.get_model, self.update_model = calls.list_models, calls.get_model, calls.update_model
        self.delete_model, self.download_model = calls.delete_model, calls.download_model
        self.export_model = calls.export_model

    def close(self) -> None:
        """Ends all calls and the connection. Jobs go on."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def create_job(
        self, spec: TrainingSpec, *, request_id: str | None = None, validate_only: bool = False
    ) -> TrainingJob:
        """Queues a job and returns it at once. With `validate_only`, returns what it would be and queues nothing.

        A call that is repeated with the same `request_id` returns the job of the first; without one, each call makes
        its own. Raises NotFound, InvalidInput, WrongState, Unavailable.
        """
        request = pb.CreateTrainingJobRequest(
            spec=to_spec_message(spec), request_id=request_id or uuid.uuid4().hex, validate_only=validate_only
        )
        return to_job(call_unary(self._stub.CreateTrainingJob, request, self._peer).job)

    def draft_job(self, spec: TrainingSpec) -> JobDraft:
        """The job that a specification would make, with all defaults and its script, and what it would take.

        Makes none. Raises as `create_job`, and Unavailable when Keras cannot be asked.
        """
        request = pb.CreateTrainingJobRequest(spec=to_spec_message(spec), validate_only=True)
        response = call_unary(self._stub.CreateTrainingJob, request, self._peer)
        return JobDraft(to_job(response.job), to_estimate(response.estimate))

    def get_job(self, job_id: str) -> TrainingJob:
        """The job with its latest progress and its script. Raises NotFound."""
        return to_job(call_unary(self._stub.GetTrainingJob, pb.GetTrainingJobRequest(job_id=job_id), self._peer).job)

    def list_jobs(
        self,
        states: Sequence[JobState] = (),
        *,
        table: str = "",
        architecture: str = "",
        has_model: bool | None = None,
    ) -> Iterator[TrainingJob]:
        """Jobs, newest first, fetched page by page.

        Only those in one of `states`, of a table, of an architecture, with a model or without one, where given.
        """
        token = ""
        while True:
            request = pb.ListTrainingJobsRequest(
                page_size=PAGE_SIZE,
                page_token=token,
                states=[to_state_number(state) for state in states],
                table=table,
                architecture=architecture,
                has_model=has_model,
            )
            page = call_unary(self._stub.ListTrainingJobs, request, self._peer)
            yield from map(to_job, page.jobs)
            token = page.next_page_token
            if not token:
                return

    def cancel_job(self, job_id: str) -> TrainingJob:
        """Asks a job to stop within one step. Raises NotFound; WrongState when it has succeeded or failed."""
        request = pb.CancelTrainingJobRequest(job_id=job_id)
        return to_job(call_unary(self._stub.CancelTrainingJob, request, self._peer).job)

    def delete_job(self, job_id: str, *, delete_model: bool = False) -> None:
        """Deletes an ended job with its events, output and files; with `delete_model`, its model, too.

        Raises NotFound; WrongState when it has not ended.
        """
        request = pb.DeleteTrainingJobRequest(job_id=job_id, delete_model=delete_model)
        call_unary(self._stub.DeleteTrainingJob, request, self._peer)

    def rerun_job(
        self,
        job_id: str,
        changes: Mapping[str, Any] | None = None,
        *,
        fresh_data: bool = False,
        resume: bool = False,
        request_id: str | None = None,
        validate_only: bool = False,
    ) -> TrainingJob:
        """Queues a job like an earlier one, but for `changes`: fields of TrainingSpec by name, None for the default.

        The key "architecture_parameters.momentum" changes one parameter and leaves the others. The job reads what the
        earlier one read; with `fresh_data`, or when another table is named, the table as it is now. With `resume` it
        goes on after the last checkpoint of the earlier one, which has failed; nothing that changes the training may be
        changed then. The rest is as in `create_job`. Raises NotFound, InvalidInput, WrongState, TooBusy, Unavailable.
        """
        how = {"fresh_data": fresh_data, "resume": resume, "validate_only": validate_only}
        return self._rerun(job_id, changes, request_id, **how)[0]

    def draft_rerun(
        self,
        job_id: str,
        changes: Mapping[str, Any] | None = None,
        *,
        fresh_data: bool = False,
        resume: bool = False,
    ) -> JobDraft:
        """The job that `rerun_job` would make, and what it would take, as `draft_job` has it. Makes none."""
        job, estimate = self._rerun(job_id, changes, None, fresh_data=fresh_data, resume=resume, validate_only=True)
        return JobDraft(job, estimate)

    def prioritize_job(self, job_id: str, priority: int) -> TrainingJob:
        """Gives a queued job another priority, -100 to 100. Raises NotFound; WrongState when it waits no more."""
        spec = to_spec_message(TrainingSpec("", "", priority=priority))
        request = pb.UpdateTrainingJobRequest(job_id=job_id, spec=spec, update_mask=FieldMask(paths=["priority"]))
        return to_job(call_unary(self._stub.UpdateTrainingJob, request, self._peer).job)

    def watch_job(
        self, job_id: str, after_sequence: int = 0, *, patience_s: float = 60.0
    ) -> Generator[Event, None, None]:
        """The job's events after `after_sequence`, then new ones as they come, up to the one that ends it.

        A connection that breaks is made again, for up to `patience_s` seconds without an answer; nothing is lost or
        doubled. Raises NotFound, Unavailable.
        """
        patience = Patience(patience_s)
        while True:
            try:
                for event in self._watch_once(job_id, after_sequence):
                    patience.reset()
                    after_sequence = event.sequence
                    yield event
                    if isinstance(event, StateEvent) and event.state.is_final:
                        return
            except TablefitError as error:
                patience.wait_or_raise(error)
            else:
                # The stream ended in good order: the final event came before `after_sequence`.
                return

    def compare_jobs(self, job_ids: Sequence[str]) -> Comparison:
        """Jobs side by side: in what they differ, and what has come of them so far. Raises NotFound, Unavailable."""
        jobs = [self.get_job(job_id) for job_id in job_ids]
        return compare(jobs, [self._epochs_until_now(job) for job in jobs])

    def watch_log(
        self, job_id: str, offset: int = 0, *, follow: bool = True, patience_s: float = 60.0
    ) -> Iterator[Printed]:
        """What the job's process printed from byte `offset` on, then what comes, until the job has ended.

        Without `follow`, what there is now. A connection that breaks is made again as in `watch_job`. Raises NotFound,
        OutOfOrder, Unavailable.
        """
        return Following(self._stub, self._peer, job_id, follow).run(offset, patience_s)

    def _epochs_until_now(self, job: TrainingJob) -> list[Progress]:
        """The epochs that a job had finished when it was asked for."""
        epochs: list[Progress] = []
        with closing(self.watch_job(job.job_id)) as events:
            for event in events:
                if isinstance(event, EpochEvent):
                    epochs.append(event.progress)
                if event.sequence >= job.last_sequence:
                    break
        return epochs

    def _watch_once(self, job_id: str, after_sequence: int) -> Iterator[Event]:
        request = pb.WatchTrainingJobRequest(job_id=job_id, after_sequence=after_sequence)
        call = self._stub.WatchTrainingJob(request)
        try:
            while True:
                with translated(self._peer):
                    response = next(call, None)
                if response is None:
                    return
                yield to_event(response.event)
        finally:
            call.cancel()

    def _rerun(
        self, job_id: str, changes: Mapping[str, Any] | None, request_id: str | None, **how: bool
    ) -> tuple[TrainingJob, Estimate]:
        spec, paths = to_change(changes or {})
        request = pb.RerunTrainingJobRequest(
            job_id=job_id,
            spec=spec,
            update_mask=FieldMask(paths=paths),
            request_id=request_id or uuid.uuid4().hex,
            **how,
        )
        response = call_unary(self._stub.RerunTrainingJob, request, self._peer)
        return to_job(response.job), to_estimate(response.estimate)
