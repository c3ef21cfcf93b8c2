"""A real Superset server imports our files, and every chart has data; run by `make try-superset`, which installs it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sql.engine import Database
from tests.deployments.superset_export import CHARTS, DATABASE_URI, FOLDER

VARIABLE = "NIGHTCAST_TEST_SUPERSET"
"""Names the environment in which Superset is installed."""

pytestmark = [
    pytest.mark.skipif(VARIABLE not in os.environ, reason="Superset is tried by make try-superset"),
    pytest.mark.timeout(900),
]

CONFIGURATION = """
SECRET_KEY = {key!r}
SQLALCHEMY_DATABASE_URI = {database!r}
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""


@dataclass(frozen=True)
class Superset:
    """A folder with Superset's own database, and its command."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """That of its commands."""
        configuration = str(self.folder / "superset_config.py")
        own = {"SUPERSET_CONFIG_PATH": configuration, "FLASK_APP": "superset", "HOME": str(self.folder)}
        return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | own

    def command(self, *arguments: str) -> list[str]:
        """A command with its arguments."""
        return [str(Path(os.environ[VARIABLE]).resolve() / "bin" / "superset"), *arguments]

    def run(self, *arguments: str) -> None:
        """Run a command to its end."""
        command = self.command(*arguments)
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]


@dataclass(frozen=True)
class Api:
    """Superset's API."""

    address: str
    token: str = ""

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer of a GET, or of a POST with a body."""
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/{path}", data=content, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - of this machine
            return json.load(answer)


def archive(folder: Path, uri: str) -> Path:
    """Our files as Superset imports them, with the URI of a database."""
    path = folder / "nightcast.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for file in FOLDER.rglob("*.yaml"):
            text = file.read_text(encoding="utf-8").replace(DATABASE_URI, uri)
            zipped.writestr(f"nightcast/{file.relative_to(FOLDER)}", text)
    return path


@pytest.fixture(scope="module")
def api(postgres_shop: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server that has imported our files."""
    superset = Superset(tmp_path_factory.mktemp("superset"))
    password = secrets.token_urlsafe()
    database = f"sqlite:///{superset.folder / 'superset.db'}"
    configuration = CONFIGURATION.format(key=secrets.token_urlsafe(48), database=database)
    (superset.folder / "superset_config.py").write_text(configuration, encoding="utf-8")
    superset.run("db", "upgrade")
    names = ("--username", "admin", "--firstname", "A", "--lastname", "B", "--email", "admin@example.com")
    superset.run("fab", "create-admin", *names, "--password", password)
    superset.run("init")
    uri = postgres_shop.url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    superset.run("import-dashboards", "--path", str(archive(superset.folder, uri)), "--username", "admin")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (superset.folder / "log").open("w")
    process = subprocess.Popen(
        superset.command("run", "--port", str(port)),
        cwd=superset.folder,
        env=superset.environment,
        stdout=log,
        stderr=log,
    )
    try:
        yield _signed_in(f"http://127.0.0.1:{port}", password)
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _signed_in(address: str, password: str) -> Api:
    end = time.monotonic() + 120
    who = {"username": "admin", "password": password, "provider": "db"}
    while True:
        try:
            token = Api(address).ask("api/v1/security/login", who)["access_token"]
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < end, "Superset does not answer"
            time.sleep(1)
        else:
            return Api(address, token)


def _query(chart: dict[str, Any]) -> dict[str, Any]:
    """What Superset's page asks for a chart, from the settings of the chart."""
    params = chart["params"]
    filters = [
        {"col": one["subject"], "op": one["operator"], "val": one["comparator"]} for one in params["adhoc_filters"]
    ]
    query: dict[str, Any] = {"filters": filters, "row_limit": params["row_limit"]}
    if "x_axis" in params:
        axis = {"columnType": "BASE_AXIS", "expressionType": "SQL", "label": params["x_axis"]}
        column = axis | {"sqlExpression": params["x_axis"], "timeGrain": params["time_grain_sqla"]}
        query |= {"columns": [column], "metrics": params["metrics"]}
    else:
        order = [json.loads(one) for one in params["order_by_cols"]]
        query |= {"columns": params["all_columns"], "orderby": order}
    return {"datasource": chart["datasource"], "queries": [query], "result_format": "json", "result_type": "full"}


def test_the_dashboard_has_all_charts_and_each_has_data(api: Api) -> None:
    [dashboard] = api.ask("api/v1/dashboard/")["result"]
    assert dashboard["dashboard_title"] == "Nightcast"
    shown = api.ask(f"api/v1/dashboard/{dashboard['id']}/charts")["result"]
    assert {one["slice_name"] for one in shown} == {chart.title for chart in CHARTS}
    for chart in api.ask("api/v1/chart/?q=(page_size:100)")["result"]:
        settings = {"params": json.loads(chart["params"])}
        source = {"id": chart["datasource_id"], "type": chart["datasource_type"]}
        [result] = api.ask("api/v1/chart/data", _query(settings | {"datasource": source}))["result"]
        assert result["error"] is None, chart["slice_name"]
        assert result["rowcount"] > 0, chart["slice_name"]
        print(f"{chart['slice_name']}: {result['rowcount']} rows of {', '.join(result['colnames'])}")
