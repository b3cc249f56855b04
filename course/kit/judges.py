"""The judges of numbers: each looks at a result of the learner's and returns a `Problem`, or None."""

import numpy as np

from course.kit.values import Problem, describe, fingerprint, is_numeric, is_real, real_array, shown

RTOL = 1e-4
RTOL_FLOAT32 = 1e-3
FLAGS = (bool, np.bool_)
SMALL = 6  # entries of an array that is shown as a whole


def parts(actual, names, most=0, what=""):
    """A tuple or list of as many parts as there are names; or a tuple of up to `most` that begins with an array."""
    kind = next((kind for kind in (tuple, list) if issubclass(type(actual), kind)), None)
    count = kind.__len__(actual) if kind else 0  # whatever the class of a named tuple makes of it
    if count == len(names):
        return None
    if kind is tuple and len(names) < count <= most and type(tuple.__getitem__(actual, 0)) is np.ndarray:
        return None
    expected = f"{what}: expected" if what else "Expected"
    return Problem(f"{expected} a tuple of {len(names)} ({', '.join(names)}); got {describe(actual)}")


def same_but_for_ones(came, wanted):
    """Whether two shapes are the same, or differ in axes of length 1 alone."""
    return [n for n in came if n != 1] == [n for n in wanted if n != 1]


def fitted(actual, shape):
    """An array in another shape where only axes of length 1 are too many; anything else as it is."""
    if type(actual) is not np.ndarray or actual.shape == shape:
        return actual
    return actual.reshape(shape) if same_but_for_ones(actual.shape, shape) else actual


def _more_or_less(came, wanted):
    """What to say of two shapes that differ in axes of length 1 alone."""
    if not same_but_for_ones(came, wanted) or len(came) == len(wanted):
        return ""
    if not wanted:
        return ", an array that holds one number: `.item()` takes it out"
    count = abs(len(came) - len(wanted))
    axes = "an axis" if count == 1 else f"{count} axes"
    if len(came) > len(wanted):
        return f", which has {axes} of length 1 too many"
    return f", which lacks {axes} of length 1" if came else ""


def close(actual, wanted, what="the result", rtol=None, brief=False, any_shape=False):
    """Equal in structure and shape, and in value within `rtol` (1e-4, for float32 1e-3); `brief` gives no details.

    With `any_shape`, axes of length 1 do not count: where a property of its own asks for the shape.
    """
    if isinstance(wanted, tuple):
        if not isinstance(actual, (tuple, list)) or len(actual) != len(wanted):
            return Problem(f"{what}: expected a tuple of {len(wanted)}; got {describe(actual)}")
        problems = (
            close(a, w, f"part {k + 1} of {what}", rtol, brief)
            for k, (a, w) in enumerate(zip(actual, wanted, strict=True))
        )
        return next((p for p in problems if p), None)
    if type(actual) in FLAGS and type(wanted) in FLAGS:
        return None if actual == wanted else Problem(f"{what}: expected {bool(wanted)}; got {bool(actual)}")
    if not is_numeric(actual):
        return Problem(f"{what}: expected {describe(wanted)}; got {describe(actual)}")
    a, w = np.asarray(actual), real_array(wanted)
    if w is None:  # it is a result of the learner's too
        return Problem(f"{what}: expected what another call returned; got {describe(wanted)} there")
    if any_shape:
        a = fitted(a, w.shape)
    if a.shape != w.shape:
        came, want = (f"shape {s}" if s else "a single number" for s in (a.shape, w.shape))
        return Problem(f"{what}: expected {want}; got {came}{_more_or_less(a.shape, w.shape)}")
    if not is_real(a.dtype):
        got = "an integer of more than 64 bits" if type(actual) is int else describe(actual)
        return Problem(f"{what}: expected real numbers of at most 64 bits; got {got}")
    if rtol is None:
        rtol = RTOL_FLOAT32 if w.dtype == np.float32 else RTOL
    a, w = a.astype(np.float64), w.astype(np.float64)
    finite = np.isfinite(w)
    if np.isnan(a[finite]).any():
        return Problem(
            f"{what}: {int(np.isnan(a[finite]).sum())} of {a.size} entries are NaN. "
            "Look for 0/0, or the root of a negative number"
        )
    if not np.isfinite(a[finite]).all():
        return Problem(f"{what}: some entries are infinite. Look for a division by zero")
    allowed = rtol * (np.abs(w) + _scale(np.where(finite, np.abs(w), 0.0))) + 1e-300
    with np.errstate(invalid="ignore"):
        wrong = ~((np.abs(a - w) <= allowed) | (a == w) | (np.isnan(a) & np.isnan(w)))
    if not wrong.any():
        return None
    if brief:
        return Problem(f"{what} differs")
    where = tuple(int(i) for i in np.unravel_index(np.argmax(np.where(wrong, np.abs(a - w), -1)), a.shape))
    at = f" at [{', '.join(map(str, where))}]" if where else ""
    count = f"{int(wrong.sum())} of {a.size} entries differ" if a.ndim else "the number differs"
    if 1 < a.size <= SMALL:
        at, where = "", ()  # the whole array, side by side
    wanted, got = told_apart(w[where], a[where])
    return Problem(f"{what}: {count}", f"{what}{at}: expected {wanted}; got {got}")


def in_numbers(array, digits):
    """An array on one line, or a number, with so many significant digits each."""
    if not np.ndim(array):
        return f"{array:.{digits}g}"

    def told(number):
        return f"{number:.{digits}g}"

    text = np.array2string(array, separator=", ", threshold=40, formatter={"float_kind": told})
    return " ".join(text.split()).replace("[ ", "[").replace(" ]", "]")


def told_apart(a, b):
    """Two numbers or arrays with as many digits as it takes to see that they differ, six at least."""
    for digits in range(6, 17):
        texts = in_numbers(a, digits), in_numbers(b, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _scale(size):
    """What the entries around an entry are like: of its column, where there are rows; else a bit of the largest."""
    if size.ndim >= 2:
        return size.max(axis=tuple(range(size.ndim - 1)), keepdims=True, initial=0.0)
    return 1e-3 * size.max(initial=0.0)


def same_dtype(actual, dtype, what="the result"):
    """Every array of the result (inside tuples too) has this dtype."""
    if fingerprint(actual) == "unreadable":
        return Problem(f"{what}: expected {dtype}, as all arguments are {dtype}; got {describe(actual)}")
    for k, part in enumerate(actual if isinstance(actual, (tuple, list)) else (actual,)):
        name = f"part {k + 1} of {what}" if isinstance(actual, (tuple, list)) else what
        if isinstance(part, (tuple, list)):
            problem = same_dtype(part, dtype, name)
            if problem:
                return problem
        elif type(part) is not np.ndarray and not isinstance(part, np.generic):
            if isinstance(actual, list):  # numbers without a dtype: it is the list that is no array
                name, part = what, actual
            return Problem(f"{name}: expected {dtype}, as all arguments are {dtype}; got {describe(part)}")
        elif part.dtype != np.dtype(dtype):
            return Problem(f"{name}: expected {dtype}, as all arguments are {dtype}; got {shown(str(part.dtype), 80)}")
    return None


def unchanged(actual, before, what="x"):
    """An argument is bit for bit what it was before the call."""
    if np.array_equal(actual, before, equal_nan=True):
        return None
    return Problem(f"{what} was changed by the call: work on a new array (`x = x - mean`, not `x -= mean`)")


def sums_to_zero(actual, axis, scale, what="dx"):
    """The sum over `axis` vanishes beside `scale`, though not everything does."""
    array, axes = real_array(actual), tuple(np.atleast_1d(axis))
    if array is None or array.ndim <= max(axes) or not array.size:
        return Problem(f"{what}: expected an array of real numbers; got {describe(actual)}")
    sums = np.sum(array, axis=axes)
    if not np.abs(array).max() > 1e-6 * scale:
        return Problem(f"{what} is 0 everywhere" if np.isfinite(array).all() else f"{what} does not sum to 0")
    total = np.abs(sums).max()
    if np.isfinite(total) and total <= 1e-7 * scale:
        return None
    return Problem(f"{what} does not sum to 0", f"the largest sum is {total:.3g}")


def sums_to(actual, weights, axis, wanted, scale, what="dx * x_hat"):
    """The sum of `actual * weights` over `axis` is `wanted`, within 1e-7 of `scale`."""
    array = real_array(actual)
    if array is None or array.shape != np.shape(weights):
        return Problem(f"{what}: expected {describe(weights)}; got {describe(actual)}")
    off = np.abs(np.sum(array * weights, axis=tuple(np.atleast_1d(axis))) - wanted).max()
    if np.isfinite(off) and off <= 1e-7 * scale:
        return None
    return Problem(f"the sum of {what} is not what it should be", f"the sum of {what} is off by {off:.3g}")


def maps_to(actual, x_hat, wanted, what="gamma * x_hat + beta"):
    """The pair `actual = (gamma, beta)` turns `x_hat` into `wanted`, column by column; (1, d) does for (d,)."""
    if not isinstance(actual, (tuple, list)) or len(actual) != 2:
        return Problem(f"Expected a tuple of 2 (gamma, beta); got {describe(actual)}")
    for name, part in zip(("gamma", "beta"), actual, strict=True):
        array = real_array(fitted(part, np.shape(wanted)[1:]))
        if array is None or array.shape != np.shape(wanted)[1:]:
            return Problem(f"{name}: expected an array of shape {np.shape(wanted)[1:]}; got {describe(part)}")
    gamma, beta = (fitted(np.asarray(part), np.shape(wanted)[1:]) for part in actual)
    return close(gamma * x_hat + beta, wanted, what)


def straight_line(actual, x, centre, axis=0, what="y"):
    """Feature by feature, `actual` is a straight line over `x` that is not flat, and has the mean `centre`."""
    axes = tuple(np.atleast_1d(axis))
    array = real_array(actual)
    if array is None or array.shape != np.shape(x):
        return Problem(f"{what}: expected an array of shape {np.shape(x)}; got {describe(actual)}")
    y = array.astype(np.float64)
    problem = close(y.mean(axis=axes), centre, f"the mean of {what}")
    if problem:
        return problem
    dx, dy = x - x.mean(axis=axes, keepdims=True), y - y.mean(axis=axes, keepdims=True)
    slope = (dx * dy).sum(axis=axes, keepdims=True) / (dx * dx).sum(axis=axes, keepdims=True)
    left = np.abs(dy - slope * dx).max(axis=axes)
    if np.isfinite(y).all() and (left <= 1e-6 * np.abs(dy).max(axis=axes)).all() and (slope != 0).all():
        return None
    return Problem(f"{what} is not a straight line over x: all examples of a feature get the same shift and scale")


def between(actual, low, high, what="the result"):
    """A number from `low` to `high`, both included."""
    value = real_array(actual)
    if value is None or value.ndim:
        return Problem(f"{what}: expected a number; got {describe(actual)}")
    if low <= value <= high:
        return None
    return Problem(f"{what} is not in its range", f"expected {low:g} to {high:g}; got {value!s:.30}")


def differs(actual, other, what="the result"):
    """Finite numbers that are not those of another call: the premise of a law that numbers stay as they are."""
    a, b = real_array(actual), real_array(other)
    if a is None or b is None:
        return Problem(f"{what}: expected an array of real numbers; got {describe(actual)}")
    if np.isfinite(a).all() and (a.shape != b.shape or close(a, b, brief=True)):
        return None
    return Problem(f"{what} does not depend on the numbers that came in")


JUDGES: dict = {
    judge.__name__: judge
    for judge in (parts, close, same_dtype, unchanged, sums_to_zero, sums_to, maps_to, straight_line, between, differs)
}
