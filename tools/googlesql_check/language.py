"""What BigQuery's dialect is, in GoogleSQL's terms: features, statements, type names and functions.

GoogleSQL is the language of several Google products; the analyzer knows more than BigQuery takes, and lacks a few
functions that only BigQuery has. Both differences are listed here, in one place.
"""

from zetasql.wasi._pb2.zetasql.proto import function_pb2, options_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import function_pb2 as public_function_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public_options_pb2
from zetasql.wasi._pb2.zetasql.public import type_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2

# On in GoogleSQL's full language, absent from BigQuery.
FEATURES_ABSENT = (
    "FEATURE_V_1_1_ARRAY_EQUALITY",
    "FEATURE_V_1_3_ARRAY_GREATEST_LEAST",
    "FEATURE_V_1_3_ARRAY_ORDERING",
    "FEATURE_V_1_3_DML_RETURNING",
    "FEATURE_V_1_3_INLINE_LAMBDA_ARGUMENT",
    "FEATURE_V_1_4_AGGREGATE_FILTERING",
    "FEATURE_V_1_4_ARRAY_FIND_FUNCTIONS",
    "FEATURE_V_1_4_ARRAY_ZIP",
    "FEATURE_V_1_4_FIRST_AND_LAST_N",
    "FEATURE_V_1_4_FOR_UPDATE",
    "FEATURE_V_1_4_INSERT_ON_CONFLICT_CLAUSE",
    "FEATURE_V_1_4_LATERAL_JOIN",
    "FEATURE_V_1_4_UUID_TYPE",
)
# Off in GoogleSQL's full language, present in BigQuery.
FEATURES_PRESENT = (
    "FEATURE_ALTER_COLUMN_SET_DATA_TYPE",
    "FEATURE_CREATE_TABLE_CLONE",
    "FEATURE_CREATE_VIEWS_WITH_COLUMN_OPTIONS",
    "FEATURE_V_1_3_COLLATION_SUPPORT",
    "FEATURE_V_1_4_DISABLE_FLOAT32",
    "FEATURE_V_1_4_LIKE_ANY_SOME_ALL_ARRAY",
    "FEATURE_V_1_4_LIKE_ANY_SOME_ALL_SUBQUERY",
)
FUNCTIONS_ABSENT = {
    *("all_different", "array_avg", "array_includes", "array_includes_all", "array_includes_any", "array_is_distinct"),
    *("array_max", "array_min", "array_offsets", "array_sum", "iferror", "iserror", "new_uuid", "nulliferror"),
    *("regexp_extract_groups", "same", "split_substr", "zstd_compress", "zstd_decompress_to_bytes"),
    *("zstd_decompress_to_string",),
}
TYPE_ALIASES = dict.fromkeys(("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"), type_pb2.TYPE_INT64)

_ANY_1, _ANY_2 = public_function_pb2.ARG_TYPE_ANY_1, public_function_pb2.ARG_TYPE_ANY_2


def language_options(full: options_pb2.LanguageOptionsProto) -> options_pb2.LanguageOptionsProto:
    """BigQuery's dialect from GoogleSQL's `full` language."""
    options = options_pb2.LanguageOptionsProto()
    options.CopyFrom(full)
    number = public_options_pb2.LanguageFeature.Value
    features = set(full.enabled_language_features) - {number(name) for name in FEATURES_ABSENT}
    features |= {number(name) for name in FEATURES_PRESENT}
    options.enabled_language_features[:] = sorted(features)
    options.product_mode = public_options_pb2.PRODUCT_EXTERNAL
    options.reserved_keywords[:] = ["QUALIFY"]
    kinds = resolved_node_kind_pb2.ResolvedNodeKind.items()
    options.supported_statement_kinds[:] = [value for name, value in kinds if name.endswith("_STMT")]
    return options


def analyzer_options(language: options_pb2.LanguageOptionsProto) -> options_pb2.AnalyzerOptionsProto:
    """Options of one analysis: errors end in `[at line:column]`, times are UTC unless said."""
    return options_pb2.AnalyzerOptionsProto(
        language_options=language, error_message_mode=public_options_pb2.ERROR_MESSAGE_ONE_LINE, default_timezone="UTC"
    )


def base_catalog(
    language: options_pb2.LanguageOptionsProto, builtin: list[function_pb2.FunctionProto]
) -> simple_catalog_pb2.SimpleCatalogProto:
    """A catalog without tables: BigQuery's functions and type names. `builtin` are GoogleSQL's own functions."""
    absent = [
        signature.context_id
        for function in builtin
        if ".".join(function.name_path) in FUNCTIONS_ABSENT
        for signature in function.signature
    ]
    catalog = simple_catalog_pb2.SimpleCatalogProto(
        name="bigquery",
        builtin_function_options=options_pb2.ZetaSQLBuiltinFunctionOptionsProto(
            language_options=language, exclude_function_ids=absent
        ),
        custom_function=[
            _function("max_by", [_ANY_1, _ANY_2], _ANY_1, aggregate=True),
            _function("min_by", [_ANY_1, _ANY_2], _ANY_1, aggregate=True),
            _function("contains_substr", [_ANY_1, type_pb2.TYPE_STRING], type_pb2.TYPE_BOOL),
        ],
    )
    for name, kind in TYPE_ALIASES.items():
        catalog.named_type.add(name=name, type=type_pb2.TypeProto(type_kind=kind))
    return catalog


def _function(name: str, arguments: list[int], result: int, aggregate: bool = False) -> function_pb2.FunctionProto:
    modes = public_function_pb2.FunctionEnums
    signature = function_pb2.FunctionSignatureProto(
        argument=[_argument(kind) for kind in arguments], return_type=_argument(result)
    )
    return function_pb2.FunctionProto(
        name_path=[name],
        group="BigQuery",
        mode=modes.AGGREGATE if aggregate else modes.SCALAR,
        signature=[signature],
        options=function_pb2.FunctionOptionsProto(supports_over_clause=aggregate),
    )


def _argument(kind: int) -> function_pb2.FunctionArgumentTypeProto:
    options = function_pb2.FunctionArgumentTypeOptionsProto(cardinality=public_function_pb2.FunctionEnums.REQUIRED)
    if kind in (_ANY_1, _ANY_2):
        return function_pb2.FunctionArgumentTypeProto(kind=kind, num_occurrences=1, options=options)
    return function_pb2.FunctionArgumentTypeProto(
        kind=public_function_pb2.ARG_TYPE_FIXED,
        type=type_pb2.TypeProto(type_kind=kind),
        num_occurrences=1,
        options=options,
    )
