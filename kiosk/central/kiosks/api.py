"""`/v1/kiosks`."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/kiosks", tags=["kiosks"])
