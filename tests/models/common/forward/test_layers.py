from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf

from models.common.forward.layers import ACTIVATIONS, MAKERS, UnknownLayerError

VALUES = np.linspace(-9.0, 9.0, 2_001, dtype=np.float32)


def test_the_error_function_is_good_to_single_precision() -> None:
    exact = 0.5 * VALUES.astype(np.float64) * (1.0 + erf(VALUES.astype(np.float64) / np.sqrt(2.0)))
    np.testing.assert_allclose(ACTIVATIONS["gelu"](VALUES), exact, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_stay_in_single_precision(name: str) -> None:
    result = ACTIVATIONS[name](VALUES)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


def test_layers_with_other_options_are_not_known() -> None:
    with pytest.raises(UnknownLayerError):
        MAKERS["Dense"]({"name": "dense", "activation": "elu", "use_bias": True}, [VALUES, VALUES])
    lstm = {"name": "lstm", "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}
    with pytest.raises(UnknownLayerError):
        MAKERS["LSTM"]({**lstm, "go_backwards": True, "stateful": False}, [])
