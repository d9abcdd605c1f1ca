"""The process of the parser: a script as JSON on each line of its input, its errors as JSON on each line of its output.

It works in a folder with the library and the packages that tests/sql/scriptdom.py has fetched.
"""

import importlib
import json
import sys


def main(folder: str) -> None:
    sys.path.insert(0, folder)
    load = importlib.import_module("pythonnet").load
    load("mono")
    clr = importlib.import_module("clr")
    clr.AddReference(f"{folder}/Microsoft.SqlServer.TransactSql.ScriptDom.dll")
    dom = importlib.import_module("Microsoft.SqlServer.TransactSql.ScriptDom")
    reader_of = importlib.import_module("System.IO").StringReader
    parser = dom.TSql150Parser(True)
    for line in sys.stdin:
        _tree, errors = parser.Parse(reader_of(json.loads(line)), None)
        sys.stdout.write(json.dumps([f"{each.Line}:{each.Column} {each.Message}" for each in errors]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
