"""WordFreq on Apache Spark: the words of every text under a prefix, by the rules of the worker (SPEC.md, WC1 to WC6).

    spark-submit wordfreq_spark.py --input s3://BUCKET/PREFIX --output s3://BUCKET/RESULTS [--table NAME]

The output has a row for each file: Filename (bucket/key, as in the worker's table), Words (the most frequent first), DistinctWords, Bytes, Status
(success or failure) and StatusMessage. With --table, the rows of the files that could be counted are written to that DynamoDB table in the worker's form.

This file stands alone: it needs Spark 3.4 or later and nothing else (boto3 for --table). It does not start a session when it is imported.
"""

import argparse
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

MIN_BYTES = 5
MAX_WORD_BYTES = 1024 * 1024
MARKS = b".,\"'?!"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# The characters with Unicode's property White_Space. Python's own notion has U+001C to U+001F in addition.
WHITE_SPACE = re.compile("[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+")

# The simple lower-case mapping of Unicode 15.0, the same text as in src/counting/simple-lower-case.ts: Python's lower() follows its own version of
# Unicode, and maps some characters to two.
LOWER_CASE_RUNS = (
    "41-5a+32 c0-d6+32 d8-de+32 100-12e/2+1 130-199 132-136/2+1 139-147/2+1 14a-176/2+1 178-121 "
    "179-17d/2+1 181+210 182-184/2+1 186+206 187+1 189-18a+205 18b+1 18e+79 18f+202 190+203 191+1 193+205 "
    "194+207 196+211 197+209 198+1 19c+211 19d+213 19f+214 1a0-1a4/2+1 1a6+218 1a7+1 1a9+218 1ac+1 "
    "1ae+218 1af+1 1b1-1b2+217 1b3-1b5/2+1 1b7+219 1b8+1 1bc+1 1c4+2 1c5+1 1c7+2 1c8+1 1ca+2 1cb-1db/2+1 "
    "1de-1ee/2+1 1f1+2 1f2-1f4/2+1 1f6-97 1f7-56 1f8-21e/2+1 220-130 222-232/2+1 23a+10795 23b+1 23d-163 "
    "23e+10792 241+1 243-195 244+69 245+71 246-24e/2+1 370-372/2+1 376+1 37f+116 386+38 388-38a+37 38c+64 "
    "38e-38f+63 391-3a1+32 3a3-3ab+32 3cf+8 3d8-3ee/2+1 3f4-60 3f7+1 3f9-7 3fa+1 3fd-3ff-130 400-40f+80 "
    "410-42f+32 460-480/2+1 48a-4be/2+1 4c0+15 4c1-4cd/2+1 4d0-52e/2+1 531-556+48 10a0-10c5+7264 "
    "10c7+7264 10cd+7264 13a0-13ef+38864 13f0-13f5+8 1c90-1cba-3008 1cbd-1cbf-3008 1e00-1e94/2+1 "
    "1e9e-7615 1ea0-1efe/2+1 1f08-1f0f-8 1f18-1f1d-8 1f28-1f2f-8 1f38-1f3f-8 1f48-1f4d-8 1f59-1f5f/2-8 "
    "1f68-1f6f-8 1f88-1f8f-8 1f98-1f9f-8 1fa8-1faf-8 1fb8-1fb9-8 1fba-1fbb-74 1fbc-9 1fc8-1fcb-86 1fcc-9 "
    "1fd8-1fd9-8 1fda-1fdb-100 1fe8-1fe9-8 1fea-1feb-112 1fec-7 1ff8-1ff9-128 1ffa-1ffb-126 1ffc-9 "
    "2126-7517 212a-8383 212b-8262 2132+28 2160-216f+16 2183+1 24b6-24cf+26 2c00-2c2f+48 2c60+1 "
    "2c62-10743 2c63-3814 2c64-10727 2c67-2c6b/2+1 2c6d-10780 2c6e-10749 2c6f-10783 2c70-10782 2c72+1 "
    "2c75+1 2c7e-2c7f-10815 2c80-2ce2/2+1 2ceb-2ced/2+1 2cf2+1 a640-a66c/2+1 a680-a69a/2+1 a722-a72e/2+1 "
    "a732-a76e/2+1 a779-a77b/2+1 a77d-35332 a77e-a786/2+1 a78b+1 a78d-42280 a790-a792/2+1 a796-a7a8/2+1 "
    "a7aa-42308 a7ab-42319 a7ac-42315 a7ad-42305 a7ae-42308 a7b0-42258 a7b1-42282 a7b2-42261 a7b3+928 "
    "a7b4-a7c2/2+1 a7c4-48 a7c5-42307 a7c6-35384 a7c7-a7c9/2+1 a7d0+1 a7d6-a7d8/2+1 a7f5+1 ff21-ff3a+32 "
    "10400-10427+40 104b0-104d3+40 10570-1057a+39 1057c-1058a+39 1058c-10592+39 10594-10595+39 "
    "10c80-10cb2+64 118a0-118bf+32 16e40-16e5f+32 1e900-1e921+34"
)


def lower_case_table(runs):
    """Runs such as "41-5a/2+32" as a table for str.translate."""
    table = {}
    for run in runs.split(" "):
        first, last, step, added = re.fullmatch(r"([0-9a-f]+)(?:-([0-9a-f]+)(?:/(\d))?)?([+-]\d+)", run).groups()
        for code in range(int(first, 16), int(last or first, 16) + 1, int(step or 1)):
            table[code] = code + int(added)
    return table


LOWER_CASE = lower_case_table(LOWER_CASE_RUNS)


class NotText(Exception):
    """The bytes are no text. The message is one of those that the worker gives."""


def words_of(line, max_word_bytes=MAX_WORD_BYTES):
    """The words of a line, as UTF-8. The line may begin and end anywhere between words."""
    if b"\0" in line:
        raise NotText("a NUL byte")
    # For ASCII, bytes are split and lower-cased as the rules say: bytes.split knows the six characters and no others.
    fields = line.split() if line.isascii() else split_text(line)
    for field in fields:
        if len(field) > max_word_bytes:
            raise NotText("a word that is longer than %d bytes" % max_word_bytes)
        lower = field.lower() if field.isascii() else field.decode().translate(LOWER_CASE).encode()
        if len(lower) >= MIN_BYTES:
            yield lower.strip(MARKS)


def split_text(line):
    try:
        text = line.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise NotText("bytes that are not UTF-8") from None
    return [field.encode() for field in WHITE_SPACE.split(text)]


def count_partition(rows, marked, max_word_bytes):
    """(Uri, Word, Count, Fault) of the lines of a partition, where lines come as (bytes, uri, start of the block that they are in).

    Hadoop's reader takes a byte order mark away from the beginning of a file. To the rules it is part of the first word, so it is put back.
    """
    counts, faults, begun = {}, {}, set()
    for line, given, block_start in rows:
        uri = one_form(given)
        if block_start == 0 and uri not in begun:
            begun.add(uri)
            line = BYTE_ORDER_MARK + bytes(line) if uri in marked else line
        if uri in faults:
            continue
        words = counts.setdefault(uri, {})
        try:
            for word in words_of(bytes(line), max_word_bytes):
                words[word] = words.get(word, 0) + 1
        except NotText as fault:
            faults[uri] = str(fault)
            del counts[uri]
    for uri, fault in faults.items():
        yield uri, None, None, fault
    for uri, words in counts.items():
        # Says that the file was read, also when there is no word in it.
        yield uri, None, 0, None
        for word, count in words.items():
            yield uri, word.decode(), count, None


def one_form(uri):
    """Spark writes file:///, Hadoop file:/ for the same file."""
    return re.sub(r"^(\w+):///(?=[^/])", r"\1:/", uri)


def file_name(uri):
    """bucket/key of an object, the path of a local file."""
    scheme, rest = uri.split(":", 1)
    bucket, key = re.fullmatch(r"(?://([^/]*))?(.*)", rest, re.DOTALL).groups()
    return unquote((bucket or "") + key if scheme.startswith("s3") else key)


def list_files(spark, source, glob):
    """(Uri, Bytes) of every file, also of empty ones, which Spark passes over. Like Spark it does not see names that begin with _ or a full stop."""
    fs = spark._jvm.org.apache.hadoop.fs
    root = fs.Path(source)
    wanted = fs.GlobFilter(glob)
    found = root.getFileSystem(spark._jsc.hadoopConfiguration()).listFiles(root, True)
    files = []
    while found.hasNext():
        status = found.next()
        path = status.getPath()
        hidden = any(part[0] in "_." for part in path.toString()[len(source):].split("/") if part)
        if wanted.accept(path) and not hidden:
            files.append((one_form(path.toUri().toString()), status.getLen()))
    return files


def marked_files(spark, uris):
    """Those that begin with a byte order mark."""
    jvm, conf = spark._jvm, spark._jsc.hadoopConfiguration()

    def is_marked(uri):
        path = jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI(uri))
        stream = path.getFileSystem(conf).open(path)
        try:
            return bytes(stream.read() & 0xFF for _ in BYTE_ORDER_MARK) == BYTE_ORDER_MARK
        finally:
            stream.close()

    with ThreadPoolExecutor(32) as pool:
        return {uri for uri, marked in zip(uris, pool.map(is_marked, uris)) if marked}


def count_files(spark, source, top=10, glob="*.txt", max_word_bytes=MAX_WORD_BYTES):
    """A row for each file: Filename, Words, DistinctWords, Bytes, Status, StatusMessage."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    files = list_files(spark, source, glob)
    marked = spark.sparkContext.broadcast(marked_files(spark, [uri for uri, size in files if size >= 3]))
    lines = spark.read.option("recursiveFileLookup", "true").option("pathGlobFilter", glob).text(source)
    counted = spark.createDataFrame(
        lines.selectExpr("CAST(value AS BINARY)", "_metadata.file_path", "_metadata.file_block_start").rdd.mapPartitions(
            lambda rows: count_partition(rows, marked.value, max_word_bytes)
        ),
        "Uri STRING, Word STRING, Count BIGINT, Fault STRING",
    )
    sums = counted.groupBy("Uri", "Word").agg(f.sum("Count").alias("Count"), f.max("Fault").alias("Fault"))
    by_file = Window.partitionBy("Uri")
    order = [f.col("Fault").asc_nulls_last(), f.col("Count").desc(), f.col("Word").asc()]
    ranked = sums.select(
        "*",
        f.row_number().over(by_file.orderBy(*order)).alias("Rank"),
        f.count("Word").over(by_file).alias("DistinctWords"),
    ).where(f.col("Rank") <= max(top, 1))
    tops = ranked.groupBy("Uri").agg(
        f.max("Fault").alias("Fault"),
        f.max("DistinctWords").alias("DistinctWords"),
        f.sort_array(f.collect_list(f.struct("Rank", "Word", "Count"))).alias("Ranked"),
    )
    named = spark.createDataFrame(
        [(uri, file_name(uri), size) for uri, size in files], "Uri STRING, Filename STRING, Bytes BIGINT"
    )
    words = "transform(filter(Ranked, r -> r.Rank <= %d AND r.Word IS NOT NULL), r -> struct(r.Word AS Word, r.Count AS Count))" % top
    # A file that has bytes has lines, unless they are a byte order mark; that none came would otherwise look like a text without words.
    fault = "CASE WHEN Fault IS NOT NULL THEN concat('not a text: ', Fault) WHEN Ranked IS NULL AND Bytes > 3 THEN 'was not read' END"
    return named.join(tops, "Uri", "left").select(
        "Filename",
        f.expr("CASE WHEN Fault IS NOT NULL OR Ranked IS NULL THEN array() ELSE %s END" % words).alias("Words"),
        f.expr("CASE WHEN Fault IS NOT NULL THEN 0 ELSE coalesce(DistinctWords, 0) END").alias("DistinctWords"),
        "Bytes",
        f.expr("CASE WHEN %s IS NULL THEN 'success' ELSE 'failure' END" % fault).alias("Status"),
        f.expr("coalesce(%s, '')" % fault).alias("StatusMessage"),
    )


def write_table(rows, table):
    """Writes the files that could be counted as the worker does. What else is in a row, such as the order of its events, stays.

    The empty word is no name that a map of DynamoDB may have: it is in the output only.
    """
    for row in rows.where("Status = 'success'").toLocalIterator():
        words = {word.Word: word.Count for word in row.Words if word.Word != ""}
        table.update_item(
            Key={"Filename": row.Filename},
            UpdateExpression="SET Words = :words",
            ExpressionAttributeValues={":words": words},
        )


def run(spark, options):
    """Counts, writes, and tells how many files there were."""
    rows = count_files(spark, options.input, options.top, options.glob, options.max_word_bytes).cache()
    if options.output:
        rows.write.mode("overwrite").format(options.format).save(options.output)
    if options.table:
        import boto3

        write_table(rows, boto3.resource("dynamodb", region_name=options.region).Table(options.table))
    told = {row["Status"]: row["count"] for row in rows.groupBy("Status").count().collect()}
    print("%d files counted, %d are no text" % (told.get("success", 0), told.get("failure", 0)))


def options_of(arguments):
    parser = argparse.ArgumentParser(description="Counts the words of every text under a prefix.")
    parser.add_argument("--input", required=True, help="prefix or folder, such as s3://BUCKET/PREFIX")
    parser.add_argument("--output", help="where the rows are written; what lies there is replaced")
    parser.add_argument("--format", default="parquet", choices=["parquet", "json"])
    parser.add_argument("--table", help="DynamoDB table that gets the rows in the worker's form")
    parser.add_argument("--region", help="region of the table; the environment's unless said")
    parser.add_argument("--top", type=int, default=10, help="so many of the most frequent words (10)")
    parser.add_argument("--glob", default="*.txt", help="names of the files to count (*.txt)")
    parser.add_argument("--max-word-bytes", type=int, default=MAX_WORD_BYTES, help="a file with a longer word is no text")
    options = parser.parse_args(arguments)
    if not options.output and not options.table:
        parser.error("one of --output and --table says where the rows go")
    return options


def main(arguments):
    from pyspark.sql import SparkSession

    options = options_of(arguments)
    spark = SparkSession.builder.appName("wordfreq").getOrCreate()
    try:
        run(spark, options)
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
