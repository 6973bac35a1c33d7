"""Pipedrive's answers about pipelines, stages and activities."""

from marshmallow import fields, pre_load

from sync.clients.answers import AnswerSchema
from sync.clients.pipedrive._schemas import filled, moment


class PipelineSchema(AnswerSchema):
    """One item of GET /api/v2/pipelines."""

    pipeline_id = fields.Integer(required=True, data_key="id")
    name = fields.String(required=True)
    order = fields.Integer(load_default=0, data_key="order_nr")
    is_deleted = fields.Boolean(load_default=False)

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return filled(answer)


class StageSchema(PipelineSchema):
    """One item of GET /api/v2/stages."""

    pipeline_id = fields.Integer(required=True)
    stage_id = fields.Integer(required=True, data_key="id")


class ActivitySchema(AnswerSchema):
    """One item of GET /api/v2/activities, and `data` of POST."""

    activity_id = fields.Integer(required=True, data_key="id")
    subject = fields.String(load_default="")
    add_time = moment()

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return filled(answer)
