"""WordFreq as an AWS Glue job: the functions of wordfreq_spark.py (--extra-py-files), told what to do by the job's arguments.

    --input s3://BUCKET/PREFIX --output s3://BUCKET/RESULTS [--table NAME] [--top N] [--glob GLOB]
"""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

import wordfreq_spark

OPTIONAL = ["output", "format", "table", "region", "top", "glob"]


def main():
    given = [name for name in OPTIONAL if "--" + name in sys.argv]
    told = getResolvedOptions(sys.argv, ["JOB_NAME", "input"] + given)
    options = wordfreq_spark.options_of([part for name in ["input"] + given for part in ("--" + name, told[name])])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(told["JOB_NAME"], told)
    wordfreq_spark.run(context.spark_session, options)
    job.commit()


main()
