def export(rows, path, write_parquet):
    aside = path.with_name("_" + path.name)
    write_parquet(aside, rows)
    aside.replace(path)
