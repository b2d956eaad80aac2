{{ config(materialized='view') }}

{{ events_in_sessions(ref('int_web__session_days')) }}
