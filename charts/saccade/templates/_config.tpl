{{/* The configuration files. What the chart writes comes first; the values `config` win. */}}
{{- define "saccade.kafkaConfig" -}}
{{- $kafka := .Values.kafka -}}
{{- if not $kafka.brokers -}}
{{- fail (printf "the profile %s needs kafka.brokers: host:port of some brokers of yours" .Values.profile) -}}
{{- end -}}
brokers: {{ toJson $kafka.brokers }}
prefix: {{ $kafka.prefix }}
partitions: {{ $kafka.partitions | default (ternary 64 32 (eq .Values.profile "large")) | int }}
replication: {{ $kafka.replication | int }}
{{- if $kafka.tls.enabled }}
tls:
{{- if $kafka.tls.secretName }}
  ca_file: /etc/saccade/kafka-tls/ca.crt
{{- if $kafka.tls.clientCertificate }}
  cert_file: /etc/saccade/kafka-tls/tls.crt
  key_file: /etc/saccade/kafka-tls/tls.key
{{- end }}
{{- else }} {}
{{- end }}
{{- end }}
{{- with $kafka.sasl }}
{{- if .mechanism }}
sasl:
  mechanism: {{ .mechanism }}
{{- if eq .mechanism "aws-msk-iam" }}
  region: {{ required "kafka.sasl.region" .region }}
{{- else }}
  username: {{ required "kafka.sasl.username" .username }}
  password_file: /etc/saccade/kafka-sasl/{{ .key }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where the files of captures are: for those who write them and those who read them. */}}
{{- define "saccade.captureStore" -}}
{{- with .Values.captures.s3 }}
{{- if .bucket }}
captures:
  store:
    s3:
      bucket: {{ .bucket }}
      region: {{ .region }}
      {{- with .prefix }}
      prefix: {{ . }}
      {{- end }}
      {{- with .endpoint }}
      endpoint: {{ . }}
      {{- end }}
      {{- if .secretName }}
      access_key_id_file: /etc/saccade/captures-s3/access-key-id
      secret_access_key_file: /etc/saccade/captures-s3/secret-access-key
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "saccade.agentConfig" -}}
cluster: {{ .Values.cluster }}
kubernetes: {}
{{- include "saccade.captureStore" . }}
{{- if eq .Values.profile "small" }}
server:
  url: {{ include "saccade.ingestUrl" . }}
{{- if .Values.server.ingest.tls.secretName }}
  ca_file: /etc/saccade/server-ca/ca.crt
{{- end }}
{{- if .Values.agent.clientCertificate.secretName }}
  cert_file: /etc/saccade/client-certificate/tls.crt
  key_file: /etc/saccade/client-certificate/tls.key
{{- else }}
  token_file: /etc/saccade/ingest/{{ .Values.server.ingest.tokenSecret.key }}
{{- end }}
{{- else }}
kafka:
{{- include "saccade.kafkaConfig" . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "saccade.centralConfig" -}}
cluster: {{ .Values.cluster }}
kubernetes: {}
listen: '0.0.0.0:9977'
console:
{{- if .Values.console.enabled }}
{{- if include "saccade.consoleApart" . }}
  # Within other processes; the pods of the console serve it.
  enabled: false
{{- end }}
  listen: '0.0.0.0:9978'
  kubernetes: {{ .Values.rbac.create }}
  tokens:
    - name: admin
      role: admin
      token_file: /etc/saccade/console/{{ .Values.console.tokenSecret.key }}
{{- else }}
  enabled: false
{{- end }}
rules:
  files: [/etc/saccade/rules]
{{- include "saccade.captureStore" . }}
{{- if .Values.postgres.secretName }}
history:
  postgres: { url_file: /etc/saccade/postgres/{{ .Values.postgres.key }} }
{{- end }}
notifications:
  paging: {{ .Values.paging }}
{{- if not .Values.notifications.receivers }}
  route: { receiver: terminal }
  receivers: [{ name: terminal, terminal: {} }]
{{- end }}
{{- if eq .Values.profile "small" }}
ingest:
  listen: '0.0.0.0:9979'
{{- with .Values.server.ingest }}
{{- if not .tls.clientCertificates }}
  token_file: /etc/saccade/ingest/{{ .tokenSecret.key }}
{{- end }}
{{- if .tls.secretName }}
  tls:
    cert_file: /etc/saccade/server-tls/tls.crt
    key_file: /etc/saccade/server-tls/tls.key
{{- if .tls.clientCertificates }}
    client_ca_file: /etc/saccade/server-tls/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- else }}
kafka:
{{- include "saccade.kafkaConfig" . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* With the user's keys over it, as YAML. */}}
{{- define "saccade.agentYaml" -}}
{{- mergeOverwrite (include "saccade.agentConfig" . | fromYaml) (deepCopy .Values.agent.config) | toYaml -}}
{{- end -}}

{{- define "saccade.centralYaml" -}}
{{- $own := include "saccade.centralConfig" . | fromYaml -}}
{{- $notifications := dict "notifications" (deepCopy .Values.notifications) -}}
{{- $console := ternary (dict "console" (deepCopy .Values.console.config)) dict .Values.console.enabled -}}
{{- mergeOverwrite $own $notifications $console (deepCopy .Values.config) | toYaml -}}
{{- end -}}
