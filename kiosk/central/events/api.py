"""`/v1/events`."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/events", tags=["events"])
