"""`/v1/policies`."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/policies", tags=["policies"])
