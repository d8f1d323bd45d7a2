"""Says where a table as CSV and as Parquet differ in pandas, and what columns it has: CSV PARQUET."""
import json
import sys

import pandas

parquet = pandas.read_parquet(sys.argv[2], dtype_backend="numpy_nullable")
csv = pandas.read_csv(sys.argv[1], dtype=parquet.dtypes.to_dict(), keep_default_na=False, na_values={
    name: [""] for name in parquet.columns if parquet[name].dtype != "string"}, float_precision="round_trip")
for name in parquet.columns:
    if parquet[name].dtype == "string":  # CSV has one way to say that a text is empty or not known
        parquet[name] = parquet[name].fillna("")
try:
    pandas.testing.assert_frame_equal(csv[parquet.columns], parquet, check_exact=True)
    differ = ""
except AssertionError as e:
    differ = str(e)
print(json.dumps({"rows": len(parquet), "differ": differ, "types": {name: str(kind) for name, kind in parquet.dtypes.items()},
                  "columns": list(csv.columns)}))
