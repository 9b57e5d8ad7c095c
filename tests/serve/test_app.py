"""The routes: right answers, one shape of errors, nobody let in who should not be."""

import base64
import json

import numpy as np
import pytest
from PIL import Image

from kanjian.errors import KanjianError
from kanjian.inference.recognizer import Recognizer
from kanjian.serve.app import build_app
from kanjian.serve.limits import Limits
from picture_files import saved
from served_recognizer import CLASSES, SIZE_HW, save

TOKEN = "a-token-for-the-tests"
GRAY = np.full((30, 40, 3), 128, np.uint8)


def png(level):
    return saved(Image.fromarray(np.full((15, 25, 3), level, np.uint8)), "PNG")


PNG = {value: png(value) for value in (0, 128, 255)}
BOMB = b"P5 60000 60000 255 " + bytes(100)


def is_error(reply, status, code):
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    body = reply.json()
    assert set(body) == {"error", "code", "status"}
    assert (body["code"], body["status"]) == (code, status)
    assert "\n" not in body["error"]
    return body["error"]


async def chunks():
    """A body whose length is not stated."""
    for _ in range(100):
        yield bytes(100)


def labels(reply):
    assert reply.status_code == 200, reply.text
    return [answer.get("label") for answer in reply.json()["answers"]]


def test_the_answer_is_that_of_predict(run, serving):
    reply = serving().post("/predict?top=2", content=PNG[128]).json()
    answer = Recognizer.load(run).predict(PNG[128])
    assert (reply["recognizer"], len(reply["version"])) == ("shades", 12)
    (said,) = reply["answers"]
    assert said["picture"] == "picture 1"
    assert (said["label"], said["best_label"], said["known"]) == ("middle", "middle", True)
    assert said["probability"] == pytest.approx(answer.probability, abs=1e-6)
    assert [entry["label"] for entry in said["top"]] == [label for label, _ in answer.top(2)]


def test_all_ways_to_send_give_the_same(serving):
    client = serving()
    order = [255, 0, 128]
    wanted = ["bright", "dark", "middle"]
    form = [("any", (f"{value}.png", PNG[value])) for value in order]
    assert labels(client.post("/predict", files=form)) == wanted
    encoded = [base64.b64encode(PNG[value]).decode() for value in order]
    assert labels(client.post("/predict", json={"pictures": encoded})) == wanted
    named = [{"name": "看.png", "data": f"data:image/png;base64,{text}"} for text in encoded]
    reply = client.post("/predict", json={"pictures": named})
    assert labels(reply) == wanted
    assert reply.json()["answers"][0]["picture"] == "看.png"
    for kind in ("image/png", "application/octet-stream", "application/x-www-form-urlencoded"):
        reply = client.post("/predict", content=PNG[0], headers={"content-type": kind})
        assert labels(reply) == ["dark"]


def test_below_the_threshold_the_answer_is_unknown(tmp_path, serving):
    save(tmp_path / "unsure", threshold=0.999)
    client = serving({"unsure": tmp_path / "unsure"})
    (said,) = client.post("/predict", content=PNG[128]).json()["answers"]
    assert (said["label"], said["known"], said["best_label"]) == ("unknown", False, "middle")


def test_one_picture_that_cannot_be_read_does_not_stop_the_rest(serving):
    files = [("a", ("a.png", PNG[0])), ("b", ("b.png", b"junk")), ("c", ("c.png", PNG[255]))]
    reply = serving().post("/predict", files=files)
    assert labels(reply) == ["dark", None, "bright"]
    assert "it is no JPEG" in reply.json()["answers"][1]["error"]


def test_pictures_that_cannot_be_read_are_the_senders_mistake(serving):
    client = serving()
    for data in (b"junk", PNG[0][: len(PNG[0]) // 2], BOMB):
        is_error(client.post("/predict", content=data), 422, "unreadable")


def test_limits_are_kept(serving):
    client = serving(limits=Limits(body_mb=0.001, pictures=2))
    is_error(client.post("/predict", content=bytes(2000)), 413, "too_large")
    is_error(client.post("/predict", content=chunks()), 413, "too_large")
    is_error(client.post("/predict", files=[("a", b"1")] * 3), 413, "too_many")
    small = serving(limits=Limits(pixels=100))
    error = is_error(small.post("/predict", content=PNG[0]), 422, "unreadable")
    assert "more than the limit of 100" in error


def test_top_must_be_possible(serving):
    client = serving()
    for top in ("0", "-1", "x", "1001"):
        is_error(client.post(f"/predict?top={top}", content=PNG[0]), 422, "wrong_form")
    reply = client.post("/predict?top=1000", content=PNG[0]).json()
    assert len(reply["answers"][0]["top"]) == len(CLASSES)


def test_several_recognizers_under_one_server(tmp_path, run, serving):
    save(tmp_path / "two", classes=("night", "day"))
    client = serving({"shades": run, "two": tmp_path / "two"})
    is_error(client.post("/predict", content=PNG[0]), 400, "which")
    assert labels(client.post("/predict?recognizer=two", content=PNG[0])) == ["night"]
    assert labels(client.post("/predict?recognizer=shades", content=PNG[0])) == ["dark"]
    error = is_error(client.post("/predict?recognizer=too", content=PNG[0]), 404, "not_found")
    assert "Did you mean 'two'" in error
    names = [one["name"] for one in client.get("/recognizers").json()["recognizers"]]
    assert names == ["shades", "two"]


def test_every_error_has_the_one_shape(serving):
    client = serving()
    for method, path, status, code in (
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/../../etc/passwd", 404, "not_found"),
        ("GET", "/predict", 405, "wrong_method"),
        ("DELETE", "/healthz", 405, "wrong_method"),
        ("GET", "/v2/models/x", 404, "not_found"),
        ("GET", "/v2/models/shades/versions/1", 404, "not_found"),
        ("POST", "/v2/models/x/infer", 404, "not_found"),
        ("POST", "/v2/models/shades/infer", 400, "bad_json"),
        ("POST", "/predict", 400, "no_picture"),
    ):
        is_error(client.request(method, path), status, code)


def test_a_bug_of_ours_says_nothing_of_the_inside(serving, monkeypatch):
    client = serving()

    def broken(*_, **__):
        raise RuntimeError("secret inside")

    monkeypatch.setattr("kanjian.serve.routes_predict._record", broken)
    assert "secret" not in is_error(client.post("/predict", content=PNG[0]), 500, "bug")


def test_with_a_token_nothing_but_health_is_told_without_it(serving):
    client = serving(token=TOKEN)
    for path in ("/predict", "/metrics", "/recognizers", "/openapi.json", "/v2/models/shades"):
        is_error(client.get(path), 401, "no_token")
        wrong = {"Authorization": f"Bearer {TOKEN}x"}
        is_error(client.get(path, headers=wrong), 401, "no_token")
    assert client.get("/healthz").status_code == 200
    page = client.get("/docs")
    assert page.status_code == 200
    assert "shades" not in page.text
    right = {"Authorization": f"Bearer {TOKEN}", "Host": "vision.example"}
    assert labels(client.post("/predict", content=PNG[0], headers=right)) == ["dark"]


@pytest.mark.parametrize("token", ["short", "with a blank in it", "密码密码密码密码密码密码密码"])
def test_a_token_that_is_no_good_is_refused(run, token):
    with pytest.raises(KanjianError, match="the token must be"):
        build_app({"shades": run}, token=token)


def test_without_a_token_web_pages_of_elsewhere_are_not_answered(serving):
    client = serving()
    rebound = {"Host": "evil.example"}
    is_error(client.get("/healthz", headers=rebound), 403, "wrong_host")
    crossing = {"Origin": "https://evil.example"}
    is_error(client.post("/predict", content=PNG[0], headers=crossing), 403, "wrong_origin")
    own = {"Origin": "http://localhost:8000", "Host": "localhost:8000"}
    assert labels(client.post("/predict", content=PNG[0], headers=own)) == ["dark"]


def test_counters_tell_what_happened(serving):
    client = serving()
    client.post("/predict", files=[("a", PNG[0]), ("b", b"junk")])
    client.get("/nothing")
    page = client.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    for line in (
        'kanjian_requests_total{route="/predict",status="200"} 1.0',
        'kanjian_requests_total{route="other",status="404"} 1.0',
        'kanjian_pictures_total{outcome="known",recognizer="shades"} 1.0',
        'kanjian_pictures_total{outcome="unreadable",recognizer="shades"} 1.0',
        'kanjian_batch_pictures_sum{recognizer="shades"} 1.0',
        "kanjian_answering 0.0",
    ):
        assert line in page.text


def test_the_protocol_v2_answers_as_predict_does(run, serving):
    client = serving()
    assert client.get("/v2").json()["name"] == "kanjian"
    assert client.get("/v2/health/live").status_code == 200
    assert client.get("/v2/health/ready").status_code == 200
    assert client.get("/v2/models/shades/ready").status_code == 200
    about = client.get("/v2/models/shades").json()
    assert about == client.get("/v2/models/shades/metadata").json()
    assert about["inputs"][0]["shape"] == [-1, *SIZE_HW, 3]
    pictures = np.stack([np.full((*SIZE_HW, 3), value, np.uint8) for value in (0, 255)])
    tensor = {"name": "image", "shape": pictures.shape, "datatype": "UINT8"}
    question = {"id": "7", "inputs": [tensor | {"data": pictures.ravel().tolist()}]}
    reply = client.post("/v2/models/shades/infer", json=question).json()
    assert (reply["id"], reply["model_name"]) == ("7", "shades")
    scores, names = reply["outputs"]
    assert names["data"] == ["dark", "bright"]
    wanted = Recognizer.load(run).probabilities(pictures)
    np.testing.assert_allclose(np.reshape(scores["data"], scores["shape"]), wanted, atol=1e-6)

    packed = tensor | {"parameters": {"binary_data_size": pictures.nbytes}}
    wish = {"name": "probabilities", "parameters": {"binary_data": True}}
    head = {"inputs": [packed], "outputs": [wish]}
    text = json.dumps(head).encode()
    version = about["versions"][0]
    reply = client.post(
        f"/v2/models/shades/versions/{version}/infer",
        content=text + pictures.tobytes(),
        headers={"Inference-Header-Content-Length": str(len(text))},
    )
    length = int(reply.headers["Inference-Header-Content-Length"])
    found = np.frombuffer(reply.content[length:], "<f4").reshape(2, -1)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_pictures_of_any_size_are_fitted_in_the_protocol_too(serving):
    client = serving()
    tensor = {"name": "image", "shape": [1, *GRAY.shape], "datatype": "UINT8"}
    question = {"inputs": [tensor | {"data": GRAY.tolist()}], "outputs": [{"name": "label"}]}
    reply = client.post("/v2/models/shades/infer", json=question).json()
    assert [output["data"] for output in reply["outputs"]] == [["middle"]]
    files = {"name": "image", "shape": [1], "datatype": "BYTES"}
    text = base64.b64encode(PNG[255]).decode()
    reply = client.post("/v2/models/shades/infer", json={"inputs": [files | {"data": [text]}]})
    assert reply.json()["outputs"][1]["data"] == ["bright"]
    bad = client.post("/v2/models/shades/infer", json={"inputs": [files | {"data": ["UDU="]}]})
    is_error(bad, 422, "unreadable")


def test_the_description_names_every_route_and_the_page_fetches_nothing_from_elsewhere(serving):
    client = serving()
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/predict", "/healthz", "/metrics", "/v2/models/{name}/infer"} <= set(paths)
    content = paths["/predict"]["post"]["requestBody"]["content"]
    assert {"multipart/form-data", "application/json", "image/jpeg"} <= set(content)
    page = client.get("/").text
    assert "http://" not in page
    assert "https://" not in page


def test_head_is_answered_as_get_without_the_body(serving):
    client = serving()
    for path in ("/", "/healthz", "/recognizers", "/v2/models/shades", "/openapi.json"):
        assert client.request("HEAD", path).status_code == client.get(path).status_code == 200
    assert client.request("HEAD", "/nothing").status_code == 404
    assert client.request("HEAD", "/predict").headers["allow"] == "POST"
    assert client.request("DELETE", "/healthz").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/predict", "/v2/models/shades/infer"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "no-such"])
def test_an_encoded_body_is_not_taken_for_a_picture(serving, path, encoding):
    reply = serving().post(path, content=PNG[0], headers={"Content-Encoding": encoding})
    assert encoding in is_error(reply, 415, "encoded")
    assert reply.headers["accept-encoding"] == "identity"


def test_a_body_that_is_said_to_be_plain_is_taken(serving):
    reply = serving().post("/predict", content=PNG[0], headers={"Content-Encoding": "identity"})
    assert labels(reply) == ["dark"]


def test_what_the_address_says_is_known_or_refused(serving):
    reply = serving().post("/predict?tops=2", content=PNG[0])
    assert "tops: there is no such name" in is_error(reply, 422, "wrong_form")


TENSOR = {"name": "image", "shape": [1, 1, 1, 1], "datatype": "UINT8", "data": [200]}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"outputs": [{"name": "label"}] * 2}, 400, "named once"),
        ({"outputs": [{"name": "probabilities"}] * 30_000}, 400, "named once"),
        ({"class_count": 2}, 422, "class_count: there is no such name"),
        ({"parameters": {"class_count": 2}}, 400, "unknown parameter 'class_count'"),
        ({"inputs": [TENSOR | {"parameters": {"shared_memory_region": "x"}}]}, 400, "'shared_"),
        ({"outputs": [{"name": "label", "parameters": {"classification": 1}}]}, 400, "of prob"),
        ({"outputs": [{"name": "probabilities", "parameters": {"classification": -1}}]}, 400, "n"),
        ({"outputs": [{"name": "probabilities", "parameters": {"classification": True}}]}, 400, ""),
        ({"id": "x" * 201}, 422, "at most 200"),
        ({"inputs": [TENSOR | {"data": [[]] * 1_100_000}]}, 413, "JSON may hold"),
    ],
)
def test_what_the_protocol_v2_does_not_do_here_is_refused(serving, changes, status, words):
    reply = serving().post("/v2/models/shades/infer", json={"inputs": [TENSOR]} | changes)
    assert reply.status_code == status
    assert words in reply.json()["error"]


def test_the_best_classes_come_in_tritons_form(serving):
    wish = {"name": "probabilities", "parameters": {"classification": 2}}
    question = {"inputs": [TENSOR], "outputs": [wish]}
    (output,) = serving().post("/v2/models/shades/infer", json=question).json()["outputs"]
    assert (output["datatype"], output["shape"]) == ("BYTES", [1, 2])
    best = [entry.split(":") for entry in output["data"]]
    assert [(index, name) for _, index, name in best] == [("1", "middle"), ("0", "dark")]
    assert float(best[0][0]) > float(best[1][0])


def test_a_reply_of_any_size_comes_whole_and_counts_while_it_is_held(tmp_path, serving):
    save(tmp_path / "many", classes=tuple(f"class {number}" for number in range(4000)))
    client = serving({"many": tmp_path / "many"}, limits=Limits(waiting_mb=0.5))
    question = {"inputs": [TENSOR | {"shape": [4, 1, 1, 1], "data": [0, 9, 90, 200]}]}
    scores, _ = client.post("/v2/models/many/infer", json=question).json()["outputs"]
    assert len(scores["data"]) == 4 * 4000
    question = {"inputs": [TENSOR | {"shape": [32, 1, 1, 1], "data": [7] * 32}]}
    is_error(client.post("/v2/models/many/infer", json=question), 429, "busy")
    assert client.state.admission._held == 0
