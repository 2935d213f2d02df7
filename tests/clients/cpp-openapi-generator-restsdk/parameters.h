// How the generated client writes parameters into a URL. CMakeLists.txt compiles its sources with
// this header precompiled before all others.

#pragma once

#include "CppRestOpenAPIClient/ApiClient.h"
#include "CppRestOpenAPIClient/model/BucketWidth.h"
#include "CppRestOpenAPIClient/model/WorkflowRunStatus.h"
#include "CppRestOpenAPIClient/model/WorkflowRunStatusFilter.h"

namespace org::openapitools::client::api {

// An enum in a query: its value, without the quotes of JSON.
template <>
inline utility::string_t ApiClient::parameterToString(
    const std::shared_ptr<WorkflowRunStatusFilter>& value)
{
    return value->toJson().as_string();
}

template <>
inline utility::string_t ApiClient::parameterToString(const std::shared_ptr<BucketWidth>& value)
{
    return value->toJson().as_string();
}

// Several states in a query: with commas, and without spaces after them.
template <>
inline utility::string_t ApiClient::parameterToString(
    const std::vector<std::shared_ptr<WorkflowRunStatus>>& value)
{
    utility::string_t list;
    for (const auto& status : value) {
        if (!list.empty()) list += ',';
        list += status->toJson().as_string();
    }
    return list;
}

}

// An id in a path: `/`, `?` and `#` are escaped, which `encode_uri` does not do.
#define encode_uri encode_data_string
