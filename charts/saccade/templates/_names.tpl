{{/* Names and labels. Kubernetes takes 63 characters; the longest suffix is "-serviceaccount". */}}
{{- define "saccade.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "saccade.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "saccade.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "saccade.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What never changes for a component: (list . "agent"). */}}
{{- define "saccade.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "saccade.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "saccade.labels" -}}
{{- $root := index . 0 -}}
{{ include "saccade.selector" . }}
app.kubernetes.io/part-of: saccade
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{- define "saccade.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "saccade.ingestSecret" -}}
{{- default (printf "%s-ingest" (include "saccade.fullname" .)) .Values.server.ingest.tokenSecret.name -}}
{{- end -}}

{{- define "saccade.consoleSecret" -}}
{{- default (printf "%s-console" (include "saccade.fullname" .)) .Values.console.tokenSecret.name -}}
{{- end -}}

{{- define "saccade.priorityClass" -}}
{{- default (printf "%s-agent" (include "saccade.fullname" .)) .Values.agent.priorityClass.name -}}
{{- end -}}

{{/* Where agents report in the profile small. */}}
{{- define "saccade.ingestUrl" -}}
{{- $scheme := ternary "https" "http" (ne .Values.server.ingest.tls.secretName "") -}}
{{ $scheme }}://{{ include "saccade.fullname" . }}-server.{{ .Release.Namespace }}.svc:{{ .Values.server.ingest.port }}
{{- end -}}

{{/* The components that the profile runs beside the agents, as a list. */}}
{{- define "saccade.central" -}}
{{- if eq .Values.profile "small" -}}server{{- else -}}engine,notify,name{{ if .Values.postgres.secretName }},record{{ end }}{{ if include "saccade.consoleApart" . }},console{{ end }}{{- end -}}
{{- end -}}

{{/* "true": the console is pods of its own, because PostgreSQL has what it shows. Else the keeper serves it. */}}
{{- define "saccade.consoleApart" -}}
{{- if and .Values.console.enabled .Values.postgres.secretName (ne .Values.profile "small") -}}true{{- end -}}
{{- end -}}

{{/* Who serves the console. */}}
{{- define "saccade.consoleComponent" -}}
{{- if include "saccade.consoleApart" . -}}console{{- else -}}{{- include "saccade.keeper" . -}}{{- end -}}
{{- end -}}

{{/* The one that has receivers, and the history where there is no PostgreSQL. */}}
{{- define "saccade.keeper" -}}
{{- ternary "server" "notify" (eq .Values.profile "small") -}}
{{- end -}}
