"""The rpcs of the training service: each decodes its request, makes one call, and encodes the answer."""

from collections.abc import Iterator

import grpc
from tablefit.v1 import training_service_pb2 as pb

from training_service import convert
from training_service.conversions import Conversions
from training_service.convert_native import from_estimate, to_own_content
from training_service.counting import Counting
from training_service.estimates import Estimates
from training_service.events import EventLog
from training_service.inference.calls import Inference
from training_service.jobs import Jobs
from training_service.model_catalogue import ModelCatalogue
from training_service.pages import page_size, read_token, write_token
from training_service.servicer_architectures import ArchitectureServicer
from training_service.servicer_inference import InferenceServicer
from training_service.servicer_models import ModelServicer


class TrainingServicer(ArchitectureServicer, ModelServicer, InferenceServicer):
    """The contract's side of jobs and events; that of architectures, models, and models at work, it inherits."""

    def __init__(
        self,
        jobs: Jobs,
        log: EventLog,
        counting: Counting,
        models: ModelCatalogue,
        conversions: Conversions,
        inference: Inference,
        estimates: Estimates,
    ) -> None:
        ArchitectureServicer.__init__(self, counting)
        ModelServicer.__init__(self, models, conversions)
        InferenceServicer.__init__(self, inference)
        self._jobs, self._log, self._estimates = jobs, log, estimates

    def CreateTrainingJob(  # noqa: N802 - named by the contract, like those below
        self, request: pb.CreateTrainingJobRequest, context: grpc.ServicerContext
    ) -> pb.CreateTrainingJobResponse:
        self._keep_own_model(request.spec)
        options = convert.to_options(request.spec)
        job = self._jobs.create(options, request.request_id, validate_only=request.validate_only)
        estimate = from_estimate(self._estimates.of(job.specification)) if request.validate_only else None
        return pb.CreateTrainingJobResponse(job=convert.from_job(job), estimate=estimate)

    def GetTrainingJob(  # noqa: N802
        self, request: pb.GetTrainingJobRequest, context: grpc.ServicerContext
    ) -> pb.GetTrainingJobResponse:
        return pb.GetTrainingJobResponse(job=convert.from_job(self._jobs.get(request.job_id)))

    def ListTrainingJobs(  # noqa: N802
        self, request: pb.ListTrainingJobsRequest, context: grpc.ServicerContext
    ) -> pb.ListTrainingJobsResponse:
        wanted, limit = convert.to_filter(request), page_size(request.page_size)
        below = read_token(wanted.list_name, request.page_token)
        jobs = self._jobs.list(wanted, below, limit + 1)
        page, more = jobs[:limit], len(jobs) > limit
        return pb.ListTrainingJobsResponse(
            jobs=map(convert.from_job, page),
            next_page_token=write_token(wanted.list_name, page[-1].number) if more else "",
        )

    def CancelTrainingJob(  # noqa: N802
        self, request: pb.CancelTrainingJobRequest, context: grpc.ServicerContext
    ) -> pb.CancelTrainingJobResponse:
        return pb.CancelTrainingJobResponse(job=convert.from_job(self._jobs.cancel(request.job_id)))

    def DeleteTrainingJob(  # noqa: N802
        self, request: pb.DeleteTrainingJobRequest, context: grpc.ServicerContext
    ) -> pb.DeleteTrainingJobResponse:
        if request.delete_model:
            # First, so that a call that broke off in between can be repeated.
            self._models.discard(self._jobs.get(request.job_id).job_id)
        self._jobs.delete(request.job_id)
        return pb.DeleteTrainingJobResponse()

    def RerunTrainingJob(  # noqa: N802
        self, request: pb.RerunTrainingJobRequest, context: grpc.ServicerContext
    ) -> pb.RerunTrainingJobResponse:
        self._keep_own_model(request.spec)
        job = self._jobs.rerun(
            request.job_id,
            convert.to_change(request),
            request.request_id,
            fresh_data=request.fresh_data,
            resume=request.resume,
            validate_only=request.validate_only,
        )
        estimate = from_estimate(self._estimates.of(job.specification)) if request.validate_only else None
        return pb.RerunTrainingJobResponse(job=convert.from_job(job), estimate=estimate)

    def UpdateTrainingJob(  # noqa: N802
        self, request: pb.UpdateTrainingJobRequest, context: grpc.ServicerContext
    ) -> pb.UpdateTrainingJobResponse:
        job = self._jobs.prioritize(request.job_id, convert.to_priority(request))
        return pb.UpdateTrainingJobResponse(job=convert.from_job(job))

    def WatchTrainingJob(  # noqa: N802
        self, request: pb.WatchTrainingJobRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchTrainingJobResponse]:
        context.add_callback(self._log.wake)
        for event in self._log.watch(request.job_id, request.after_sequence, context.is_active):
            yield pb.WatchTrainingJobResponse(event=convert.from_event(event))

    def WatchTrainingLog(  # noqa: N802
        self, request: pb.WatchTrainingLogRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchTrainingLogResponse]:
        context.add_callback(self._log.wake)
        for part in self._jobs.follow_output(
            request.job_id, request.offset, context.is_active, stop_at_end=request.stop_at_end
        ):
            yield pb.WatchTrainingLogResponse(offset=part.offset, data=part.data)

    def _keep_own_model(self, spec: pb.TrainingSpec) -> None:
        """Jobs name a caller's model by its digest; its bytes are kept before."""
        if spec.HasField("own_model"):
            self._jobs.own_models.keep(*to_own_content(spec))
