"""A stand-in for face_recognition_models 0.3.0."""


def pose_predictor_five_point_model_location() -> str:
    return "five-points.dat"


def face_recognition_model_location() -> str:
    return "resnet.dat"
