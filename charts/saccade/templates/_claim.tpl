{{/* A claim that stays when the release goes: what it holds cannot be made again. */}}
{{- define "saccade.claim" -}}
{{- if .enabled -}}
persistentVolumeClaimRetentionPolicy: { whenDeleted: Retain, whenScaled: Retain }
volumeClaimTemplates:
  - metadata: { name: data }
    spec:
      accessModes: {{ toJson .accessModes }}
      {{- with .storageClass }}
      storageClassName: {{ . }}
      {{- end }}
      resources: { requests: { storage: {{ .size }} } }
{{- end -}}
{{- end -}}
