"""`/v1/passes`."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/passes", tags=["passes"])
