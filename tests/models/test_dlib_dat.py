from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.build.dlib_dat import DatError, Reader, read_network
from tests.models.making import a_convolution, a_layer, a_network, a_real, a_tensor, a_text, an_integer, integers

CONVOLUTION = a_convolution(np.arange(14, dtype=np.float32).reshape(14, 1, 1, 1), (2, 2, 3, 1, 1, 0, 0)) + integers(1)


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
def test_an_integer_is_read_as_it_was_packed(value: int) -> None:
    reader = Reader(an_integer(value))
    assert reader.integer() == value
    assert reader.left == 0


def test_a_negative_integer_carries_its_sign_in_the_control_byte() -> None:
    assert Reader(bytes([0x82, 0x00, 0x01])).integer() == -256


def test_a_real_is_a_mantissa_times_a_power_of_two() -> None:
    assert Reader(a_real(-3, -2)).real() == -0.75


def test_a_tensor_comes_back_in_its_shape() -> None:
    values = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    assert np.array_equal(Reader(a_tensor(values)).tensor(), values)


@pytest.mark.parametrize("content", [b"", b"\x02\x01", b"\x10", b"\x09" + bytes(9)])
def test_bytes_that_are_no_integer_are_refused(content: bytes) -> None:
    with pytest.raises(DatError):
        Reader(content).integer()


def test_a_truth_is_one_of_two_characters() -> None:
    assert Reader(b"1").truth() and not Reader(b"0").truth()
    with pytest.raises(DatError):
        Reader(b"2").truth()


def test_a_network_is_read_from_its_first_layer_to_its_last(tmp_path: Path) -> None:
    path = _written(
        tmp_path, a_network(CONVOLUTION + a_layer("relu_") + a_layer("max_pool_2", integers(3, 3, 2, 2, 0, 0)))
    )

    network = read_network(path)

    assert [layer.name for layer in network.layers] == ["con_4", "relu_", "max_pool_2"]
    assert network.layers[0].numbers == (2, 2, 3, 1, 1, 0, 0)
    assert network.layers[0].parameters.reshape(-1).tolist() == list(range(14))
    assert network.layers[2].numbers == (3, 3, 2, 2, 0, 0)
    assert (network.mean, network.side) == ((117.0, 117.0, 117.0), 150)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_network_that_ends_too_early_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(DatError):
        read_network(_written(tmp_path, a_network(CONVOLUTION + a_layer("relu_"))[:-cut]))


def test_a_layer_of_another_kind_is_named_in_the_refusal(tmp_path: Path) -> None:
    with pytest.raises(DatError, match="dropout_"):
        read_network(_written(tmp_path, a_network(CONVOLUTION + a_layer("dropout_"))))


def test_a_network_with_another_loss_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatError, match="loss_mean_squared"):
        read_network(_written(tmp_path, integers(1) + a_text("loss_mean_squared")))


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "network.dat"
    path.write_bytes(content)
    return path
