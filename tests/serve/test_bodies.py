"""Pictures and tensors out of requests: what is right is read, all else refused in one form."""

import base64
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanjian.serve.images import from_base64, pictures_of
from kanjian.serve.limits import Limits, Refused
from kanjian.serve.tensors import (
    InputTensor,
    pictures_in_tensor,
    read_question,
    read_request,
    write_response,
)

LIMITS = Limits(pictures=3, pixels=100)
CLASSES = ("dog", "猫")
FORM = "multipart/form-data; boundary=xx"


def form(*parts, end="--xx--\r\n"):
    lines = [
        f'--xx\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, data in parts
    ]
    return b"".join(lines) + end.encode()


def refusal(work, *args):
    with pytest.raises(Refused) as caught:
        work(*args)
    return caught.value.status, caught.value.code


def test_a_form_gives_every_file_with_its_name():
    sent = pictures_of(form(("a.png", b"one\r\n--x"), ("猫 b.jpg", b"")), FORM, LIMITS)
    assert [(picture.name, picture.data) for picture in sent] == [
        ("a.png", b"one\r\n--x"),
        ("猫 b.jpg", b""),
    ]


def test_a_name_is_only_said_back_and_cut_if_it_is_long():
    sent = pictures_of(form(("../../etc/passwd", b"1"), ("n" * 999, b"2")), FORM, LIMITS)
    assert sent[0].name == "../../etc/passwd"
    assert len(sent[1].name) == 200


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"", "image/png", (400, "no_picture")),
        (b"x", "text/plain", (415, "unknown_type")),
        (b"x", "multipart/form-data", (400, "bad_form")),
        (b"x", "multipart/form-data; boundary=" + "y" * 500, (400, "bad_form")),
        (form(("a", b"1"), end=""), FORM, (400, "bad_form")),
        (form(), FORM, (400, "no_picture")),
        (form(*[("a", b"1")] * 4), FORM, (413, "too_many")),
        (b"{", "application/json", (400, "bad_json")),
        (b"\xff\xfe", "application/json", (400, "bad_json")),
        (b"[" * 100_000, "application/json", (400, "bad_json")),
        (b"[]", "application/json", (422, "wrong_form")),
        (b'{"pictures": []}', "application/json", (422, "wrong_form")),
        (b'{"pictures": [1]}', "application/json", (422, "wrong_form")),
        (b'{"pictures": ["a b"]}', "application/json", (400, "bad_base64")),
        (b'{"pictures": ["UDU=","UDU=","UDU=","UDU="]}', "application/json", (413, "too_many")),
    ],
)
def test_what_is_wrong_is_refused(body, kind, expected):
    assert refusal(pictures_of, body, kind, LIMITS) == expected


@given(st.binary(max_size=300), st.sampled_from([FORM, "application/json", "image/png"]))
def test_any_bytes_are_read_or_refused(body, kind):
    try:
        assert pictures_of(body, kind, LIMITS)
    except Refused as refused:
        assert 400 <= refused.status < 500


@given(st.binary())
def test_base64_gives_the_bytes_back(data):
    text = base64.b64encode(data).decode()
    assert from_base64(text) == from_base64(f"data:image/png;base64,{text}") == data


def tensor(**changes):
    return InputTensor(**{"name": "image", "shape": [1, 1, 2, 1], "datatype": "UINT8"} | changes)


def test_raw_pixels_come_as_flat_or_nested_numbers_and_as_binary_data():
    flat = pictures_in_tensor(tensor(data=[7, 9]), b"", LIMITS)
    nested = pictures_in_tensor(tensor(data=[[[[7], [9]]]]), b"", LIMITS)
    packed = tensor(parameters={"binary_data_size": 2})
    binary = pictures_in_tensor(packed, bytes([7, 9]), LIMITS)
    for pictures in (flat, nested, binary):
        assert len(pictures) == 1
        np.testing.assert_array_equal(pictures[0], np.array([[[7], [9]]], np.uint8))


def test_files_come_as_base64_and_as_binary_data():
    files = tensor(shape=[2], datatype="BYTES", data=["UDU=", "UDY="])
    assert pictures_in_tensor(files, b"", LIMITS) == [b"P5", b"P6"]
    rest = b"".join(struct.pack("<I", 2) + data for data in (b"P5", b"P6"))
    binary = tensor(shape=[2], datatype="BYTES", parameters={"binary_data_size": len(rest)})
    assert pictures_in_tensor(binary, rest, LIMITS) == [b"P5", b"P6"]


@pytest.mark.parametrize(
    ("changes", "rest"),
    [
        ({"data": [7]}, b""),
        ({"data": [7, 256]}, b""),
        ({"data": [7, -1]}, b""),
        ({"data": [7, 1.5]}, b""),
        ({"data": [7, "a"]}, b""),
        ({"data": [7, 10**30]}, b""),
        ({"data": [[7], [8, 9]]}, b""),
        ({"data": []}, b""),
        ({}, b""),
        ({"shape": [1, 1, 2, 2], "data": [1, 2, 3, 4]}, b""),
        ({"shape": [0, 1, 2, 1], "data": []}, b""),
        ({"shape": [-1, 1, 2, 1], "data": [7, 9]}, b""),
        ({"shape": [4, 1, 1, 1], "data": [1, 2, 3, 4]}, b""),
        ({"shape": [1, 999_999, 999_999, 1], "data": [1]}, b""),
        ({"datatype": "FP32", "data": [7, 9]}, b""),
        ({"parameters": {"binary_data_size": 3}}, b"ab"),
        ({"parameters": {"binary_data_size": True}}, b"a"),
        ({"datatype": "BYTES", "shape": [1], "data": [7]}, b""),
        ({"datatype": "BYTES", "shape": [2], "data": ["UDU="]}, b""),
        ({"datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 2}}, b"ab"),
        (
            {"datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 5}},
            b"\xff\xff\xff\xffa",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_together_is_refused(changes, rest):
    assert refusal(pictures_in_tensor, tensor(**changes), rest, LIMITS)[0] in (400, 413)


def test_the_head_of_a_binary_request_is_as_long_as_it_says():
    head = json.dumps({"inputs": [tensor().model_dump()]}).encode()
    request, rest = read_request(head + b"ab", str(len(head)), LIMITS)
    assert (request.inputs[0].name, rest) == ("image", b"ab")
    for length in ("-1", "x", "²", str(len(head) + 3)):
        assert refusal(read_request, head + b"ab", length, LIMITS)[0] == 400
    assert refusal(read_request, head + b"ab", None, LIMITS) == (400, "bad_json")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)
PARAMETERS = st.dictionaries(
    st.sampled_from(["binary_data", "binary_data_size", "classification", "content_type", "x"]),
    st.sampled_from([True, False, 0, 1, 2, 10**9, "np", None]),
    max_size=2,
)
OUTPUT = st.fixed_dictionaries(
    {"name": st.sampled_from(["probabilities", "label", "x"])}, optional={"parameters": PARAMETERS}
)
INPUT = st.fixed_dictionaries(
    {
        "name": st.just("image"),
        "shape": st.just([1, 1, 2, 1]) | st.lists(st.integers(-1, 3), max_size=5),
        "datatype": st.sampled_from(["UINT8", "UINT8", "BYTES", "FP32"]),
    },
    optional={"data": st.just([7, 9]) | ANY, "parameters": PARAMETERS},
)
QUESTION = st.fixed_dictionaries(
    {"inputs": st.lists(INPUT, min_size=1, max_size=2)},
    optional={"outputs": st.lists(OUTPUT, max_size=3), "id": st.text(), "x": ANY},
)


@settings(max_examples=60)
@given(QUESTION | ANY, st.binary(max_size=9))
def test_any_question_is_refused_or_gets_a_reply_no_larger_than_its_outputs(question, rest):
    body = json.dumps(question).encode()
    try:
        request, pictures = read_question(body + rest, str(len(body)), LIMITS)
    except Refused as refused:
        assert 400 <= refused.status < 500
        assert len(str(refused)) < 1000
        return
    outputs = {
        "probabilities": np.full((len(pictures), 2), 1 / 3, np.float32),
        "label": np.array(["猫"] * len(pictures), object),
    }
    content, length = write_response({"model_name": "m", "id": ""}, outputs, request, CLASSES)
    json.loads(content if length is None else content[:length])
    assert len(content) < 1000


@pytest.mark.parametrize(
    "data",
    [b"[]," * 9_000_000, b"[" * 300_000, b"1," * 1_100_000, b'{"a":1},' * 60_000, b"{}" * 60_000],
)
def test_too_many_values_are_refused_before_they_are_made(data):
    body = b'{"inputs": [{"name": "image", "data": [' + data + b"1]}]}"
    assert refusal(read_question, body, None, LIMITS) == (413, "too_many_values")
    assert refusal(pictures_of, body, "application/json", LIMITS) == (413, "too_many_values")


def test_a_reply_has_the_outputs_wanted_in_the_form_wanted():
    outputs = {
        "probabilities": np.array([[0.25, 0.75]], np.float32),
        "label": np.array(["猫"], object),
    }
    base = {"inputs": [tensor().model_dump()]}
    request, _ = read_request(json.dumps(base).encode(), None, LIMITS)
    body, length = write_response({"model_name": "m"}, outputs, request, CLASSES)
    assert length is None
    assert json.loads(body)["outputs"] == [
        {"name": "probabilities", "datatype": "FP32", "shape": [1, 2], "data": [0.25, 0.75]},
        {"name": "label", "datatype": "BYTES", "shape": [1], "data": ["猫"]},
    ]
    only = base | {"outputs": [{"name": "label", "parameters": {"binary_data": True}}]}
    request, _ = read_request(json.dumps(only).encode(), None, LIMITS)
    body, length = write_response({}, outputs, request, CLASSES)
    assert json.loads(body[:length])["outputs"][0]["parameters"] == {"binary_data_size": 7}
    assert body[length:] == b"\3\0\0\0" + "猫".encode()
