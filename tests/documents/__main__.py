"""Write the pages that are made from the program."""

from __future__ import annotations

from pathlib import Path

from tests.deployments import generated
from tests.documents.commands_page import commands_page
from tests.documents.questions import PAGE
from tests.documents.settings_page import settings_page
from tests.documents.skill_page import skill_page
from tests.documents.sql_page import with_meanings
from tests.documents.tables_page import tables_page

DOCUMENTS = Path(__file__).parents[2] / "docs"

if __name__ == "__main__":
    (DOCUMENTS / "commands.md").write_text(commands_page(), encoding="utf-8")
    (DOCUMENTS / "settings.md").write_text(settings_page(), encoding="utf-8")
    (DOCUMENTS / "SKILL.md").write_text(skill_page(), encoding="utf-8")
    (DOCUMENTS / "tables.md").write_text(tables_page(), encoding="utf-8")
    PAGE.write_text(with_meanings(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    generated.write()
