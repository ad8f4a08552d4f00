SELECT 1 AS nothing_to_prepare \g /dev/null
